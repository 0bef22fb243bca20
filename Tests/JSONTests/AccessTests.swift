import Testing

@testable import JSON

@Suite("Access to parts")
struct AccessTests {
    let document: JSON

    init() throws {
        document = try JSON(
            parsing: #"{"a":["x",["y"],{}],"b":{"c":1.5,"d":null,"":true},"e":[],"f\n":"\u00e9\n\"\\"}"#)
    }

    /// `JSON` can be written as `nil`, and an iterator that said `… : nil` once gave `null` for ever.
    @Test("Elements and members end")
    func ends() {
        #expect(document["a"]?.elements.map(\.text) == [#""x""#, #"["y"]"#, "{}"])
        #expect(document["e"]?.elements.map(\.text) == [])
        #expect(document["b"]?.members.map(\.key) == ["", "c", "d"])
        #expect(document["a"]?[3] == Optional<JSON>.none)
        #expect(document["a"]?[-1] == Optional<JSON>.none)
        #expect(document["b"]?.elements.map(\.text) == [])
        #expect(document["a"]?.members.map(\.key) == [])
    }

    @Test("Parts share the storage and stand alone")
    func parts() {
        #expect(document["b"]?["c"]?.double == 1.5)
        #expect(document["b"]?[""]?.bool == true)
        #expect(document["b"]?["d"]?.isNull == true)
        #expect(document["a"]?[1]?[0]?.string == "y")
        #expect(document["f\n"]?.string == "é\n\"\\")
        #expect(document["zz"] == Optional<JSON>.none)
        #expect(document["a"]?["b"] == Optional<JSON>.none)
        #expect(document["b"]?["c"] == JSON(canonical: Array("1.5".utf8)))
    }

    @Test(
        "Kinds",
        arguments: [
            ("{}", JSON.Kind.object), ("[]", .array), (#""""#, .string), ("-1", .number), ("false", .bool),
            ("null", .null),
        ])
    func kinds(text: String, kind: JSON.Kind) throws {
        #expect(try JSON(parsing: text).kind == kind)
    }

    @Test("Numbers as integers, where they are")
    func integers() throws {
        #expect(try JSON(parsing: "1.0").int == 1)
        #expect(try JSON(parsing: "1e3").int == 1000)
        #expect(try JSON(parsing: "1.5").int == nil)
        #expect(try JSON(parsing: "1e300").int == nil)
        #expect(try JSON(parsing: "\"1\"").int == nil)
        #expect(JSON.int(Int64.max).double == 0x1p63)
    }

    @Test("Paths find what keys find")
    func paths() {
        #expect(document[JSONPath(["b", "c"])]?.double == 1.5)
        #expect(document[JSONPath(["b", ""])]?.bool == true)
        #expect(document[JSONPath(["f\n"])]?.string == "é\n\"\\")
        #expect(document[JSONPath([])] == document)
        for missing in [["zz"], ["b", "x"], ["a", "b"], ["b", "c", "d"], ["e", "0"], ["b", "d", "x"]] {
            #expect(document[JSONPath(missing)] == Optional<JSON>.none)
            #expect(document[path: missing] == Optional<JSON>.none)
        }
        #expect(document["b"]?[JSONPath(["d"])]?.isNull == true)
    }
}
