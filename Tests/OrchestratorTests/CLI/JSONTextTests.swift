import JSON
import Testing

@testable import Orchestrator

struct JSONTextTests {
    @Test func indents() throws {
        let json = try JSON(parsing: #"{"b":[1,{"c":null}],"a":"x","e":{},"f":[]}"#)
        #expect(
            JSONText.lines(json) == [
                "{", #"  "a": "x","#, #"  "b": ["#, "    1,", "    {", #"      "c": null"#, "    }", "  ],",
                #"  "e": {},"#,
                #"  "f": []"#, "}",
            ])
    }

    @Test func whatIsCutIsCounted() {
        let lines = JSONText.lines(.array((0..<10).map { JSON.int($0) }), limit: 3)
        #expect(lines == ["[", "  0,", "  1,", "… 9 more lines; all of it: --full or --json"])
        #expect(JSONText.lines(["a": "0123456789"], width: 8)[1] == #"  "a": …"#)
    }

    @Test func whatATerminalObeysIsEscapedWithTheSameMeaning() throws {
        let json = JSON.string("\u{9B}2J \u{7F} \u{202E} \u{E0001} ü")
        let text = JSONText.document(json)
        #expect(text == #""\u009b2J \u007f \u202e \udb40\udc01 ü""#)
        #expect(try JSON(parsing: text) == json)
    }
}
