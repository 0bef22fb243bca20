import Testing

@testable import JSON

@Suite("Access to parts")
struct AccessTests {
    let document = try? JSON(parsing: #"{"a":["x",["y"],{}],"b":{"c":1.5,"d":null,"":true},"e":[],"f":"\u00e9\n"}"#)

    /// `JSON` can be written as `nil`, and an iterator that said `… : nil` once gave `null` for ever.
    @Test("elements and members end")
    func ends() {
        #expect(document?["a"]?.elements.map(\.text) == [#""x""#, #"["y"]"#, "{}"])
        #expect(document?["e"]?.elements.map(\.text) == [])
        #expect(document?["b"]?.members.map(\.key) == ["", "c", "d"])
        #expect(document?["a"]?[3] == nil)
    }
}
