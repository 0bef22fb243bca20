import Testing

@testable import JSON

@Suite("What is no JSON is refused, with the place")
struct StrictnessTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        var bytes: [UInt8]
        var offset: Int
        var testDescription: String { String(decoding: bytes, as: UTF8.self) }

        init(_ text: String, _ offset: Int) { (bytes, self.offset) = (Array(text.utf8), offset) }
        init(bytes: [UInt8], _ offset: Int) { (self.bytes, self.offset) = (bytes, offset) }
    }

    @Test(
        "Grammar",
        arguments: [
            Bad("", 0), Bad("  ", 2), Bad("nul", 0), Bad("truE", 0), Bad("[1,]", 3), Bad("[1 2]", 3), Bad("[", 1),
            Bad("{", 1), Bad(#"{"a"}"#, 4), Bad(#"{"a":}"#, 5), Bad(#"{"a":1,}"#, 7), Bad("{a:1}", 1),
            Bad("{'a':1}", 1), Bad("1 1", 2), Bad("[1]]", 3), Bad("// x", 0), Bad(#""a"#, 2), Bad("\"a\nb\"", 2),
            Bad("\"\t\"", 1), Bad(#""\a""#, 1), Bad(#""\u12""#, 5), Bad(#""\uzzzz""#, 3), Bad("\u{FEFF}1", 0),
        ])
    func grammar(bad: Bad) { expectRefused(bad) }

    @Test(
        "Numbers",
        arguments: [
            Bad("01", 0), Bad("-", 1), Bad("+1", 0), Bad(".5", 0), Bad("1.", 2), Bad("1e", 2), Bad("1e+", 3),
            Bad("-01", 1), Bad("0x10", 1), Bad("NaN", 0), Bad("Infinity", 0), Bad("1e309", 0), Bad("-1e309", 0),
            Bad("[1, 1e999]", 4),
        ])
    func numbers(bad: Bad) { expectRefused(bad) }

    @Test(
        "UTF-8",
        arguments: [
            Bad(bytes: [0x22, 0xFF, 0x22], 1), Bad(bytes: [0x22, 0xC0, 0x80, 0x22], 1),
            Bad(bytes: [0x22, 0xE2, 0x82, 0x22], 1), Bad(bytes: [0x22, 0xED, 0xA0, 0x80, 0x22], 1),
            Bad(bytes: [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], 1), Bad(bytes: [0x22, 0xF0, 0x9F, 0x98], 1),
            Bad(bytes: [0x22, 0x80, 0x22], 1),
        ])
    func encoding(bad: Bad) { expectRefused(bad) }

    @Test(
        "Half a surrogate pair becomes U+FFFD, as every lenient reader makes of it",
        arguments: [
            (#""\ud800""#, "\u{FFFD}"), (#""\udc00""#, "\u{FFFD}"), (#""a\ud83d""#, "a\u{FFFD}"),
            (#""\ud800\u0041""#, "\u{FFFD}A"), (#""\ud800\n""#, "\u{FFFD}\n"), (#""\ud800x""#, "\u{FFFD}x"),
            (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
            (#""\ud83d\ude00""#, "😀"),
        ])
    func surrogates(text: String, expected: String) throws {
        let json = try JSON(parsing: text)
        #expect(json.string == expected)
        #expect(try JSON(parsing: json.text) == json, "what is written is read as the same")
    }

    @Test("What follows half a pair is read strictly", arguments: [#""\ud800\u12""#, #""\ud800\x""#, #""\ud800"#])
    func strictAfterSurrogate(text: String) {
        #expect(throws: JSONError.self) { try JSON(parsing: text) }
    }

    @Test(
        "The same key twice",
        arguments: [
            Bad(#"{"a":1,"a":1}"#, 7), Bad(#"{"b":1,"a":2,"b":3}"#, 13), Bad(#"{"a":1,"\u0061":2}"#, 7),
            Bad(#"{"é":1,"z":0,"\u00e9":2}"#, 14),
        ])
    func duplicates(bad: Bad) { expectRefused(bad) }

    @Test("Depth: 128 levels and no more")
    func depth() throws {
        let deepest = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(try JSON(parsing: deepest).text == deepest)
        expectRefused(Bad("[" + deepest + "]", 128))
        let objects = String(repeating: #"{"a":"#, count: 129) + "1" + String(repeating: "}", count: 129)
        #expect(throws: JSONError.self) { try JSON(parsing: objects) }
        #expect(throws: JSONError.self) { try JSON(parsing: String(repeating: "[", count: 1_000_000)) }
        #expect(throws: JSONError.self) { try JSON(parsing: "[[1]]", limits: JSONLimits(depth: 1)) }
    }

    @Test("The description says what, where and what was expected")
    func description() throws {
        let error = try #require(throws: JSONError.self) { try JSON(parsing: "[1 2]") }
        #expect(error.description == "invalid JSON at byte 3: expected ',' or ']', found '2'")
    }

    private func expectRefused(_ bad: Bad) {
        do {
            let json = try JSON(parsing: bad.bytes)
            Issue.record("accepted as \(json)")
        } catch {
            #expect(error.offset == bad.offset, "\(error)")
        }
    }
}
