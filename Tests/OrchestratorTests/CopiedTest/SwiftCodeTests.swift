import JSON
import Testing

@testable import Orchestrator

/// Texts from elsewhere in Swift code. That the compiler reads the same text again, Tests/CopiedTests shows.
@Suite("Swift code of texts from elsewhere")
struct SwiftCodeTests {
    private static let hostile = [
        "\"; exit(1) //", "\\", "\\\"", "\\(exit(1))", "\\u{22}", "\n}\n", "\r\n", "\r", "a\u{2028}b\u{2029}c",
        "\u{85}",
        "\0\u{1}\u{1B}[2J\u{7F}", "*/ /* //", "\"\"\"", "#\"\\#(1)\"#", "\u{202E}gnp.exe", "\u{FEFF}x", "\"\u{301}",
        "\\\u{301}", "👩‍👩‍👧 é ß 漢", "",
    ]

    /// Reads a literal as the language's grammar says: to the first quote that no backslash precedes, with no line break
    /// and no interpolation. Nil where that is not its end.
    private func read(_ literal: String) -> String? {
        var rest = Array(literal.unicodeScalars)[...]
        var text = String.UnicodeScalarView()
        guard rest.popFirst() == "\"" else { return nil }
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return rest.isEmpty ? String(text) : nil
            case "\n", "\r": return nil
            case "\\":
                switch rest.popFirst() {
                case "n": text.append("\n")
                case "r": text.append("\r")
                case "t": text.append("\t")
                case "\"": text.append("\"")
                case "\\": text.append("\\")
                case "u":
                    let digits = rest.dropFirst().prefix { $0 != "}" }
                    guard rest.first == "{", let code = UInt32(String(String.UnicodeScalarView(digits)), radix: 16),
                        let scalar = Unicode.Scalar(code)
                    else { return nil }
                    text.append(scalar)
                    rest = rest.dropFirst(digits.count + 2)
                default: return nil
                }
            default: text.append(scalar)
            }
        }
        return nil
    }

    @Test("A text stays within its literal, and is the same when it is read again", arguments: hostile)
    func literal(text: String) throws {
        let literal = SwiftCode.literal(text)
        let scalars = try #require(read(literal)).unicodeScalars
        #expect(Array(scalars) == Array(text.unicodeScalars))
        #expect(!literal.unicodeScalars.contains(where: TerminalText.isUnsafe), "what nobody can see is an escape")
    }

    @Test("So does a key of an object", arguments: hostile)
    func key(text: String) {
        let code = SwiftCode.literal([text: 1] as JSON)
        #expect(code.hasPrefix("[") && code.hasSuffix(": 1]"))
        #expect(read(String(code.dropFirst().dropLast(4))).map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test("A text stays within its line of comment", arguments: hostile)
    func comment(text: String) {
        let line = SwiftCode.comment("It said: \(text)")
        #expect(line.hasPrefix("// It said: "))
        #expect(!line.unicodeScalars.contains(where: TerminalText.isUnsafe))
    }

    @Test("A comment is short, also where one character is long")
    func longComment() {
        #expect(SwiftCode.comment(String(repeating: "x", count: 1000)).count == 108)
        #expect(SwiftCode.comment("e" + String(repeating: "\u{301}", count: 1000)).unicodeScalars.count == 108)
        #expect(SwiftCode.comment(String(repeating: "\n", count: 1000) + "x") == "//  x")
    }

    @Test(
        "Names of functions become names of tests",
        arguments: [
            ("send-mail", "sendMail"), ("send mail.Now", "sendMailNow"), ("2fa", "_2fa"), ("-x-", "X"),
            ("größe", "grE"),
            ("a() {}; exit(1)", "aExit1"), ("é\u{301}", ""), ("", ""),
        ])
    func identifier(name: String, expected: String) {
        #expect(SwiftCode.identifier(name) == expected)
    }

    @Test(
        "JSON is a literal of JSONValue",
        arguments: [
            ("null", "nil"), ("true", "true"), ("[]", "[]"), ("{}", "[:]"), (#"{"a":[1,null]}"#, #"["a": [1, nil]]"#),
            ("-12.5", "-12.5"), ("1e-7", "1e-7"), ("9007199254740991", "9007199254740991"),
            ("9007199254740992", "9.007199254740992e+15"), ("-100000000000000000000", "-1e+20"), ("1e300", "1e+300"),
        ])
    func json(text: String, expected: String) throws {
        #expect(SwiftCode.literal(try JSON(parsing: text)) == expected)
    }

    @Test("What is long has a line for each part")
    func longJSON() {
        let word = String(repeating: "x", count: 50)
        let inner: JSON = [.string(word), .string(word)]
        #expect(
            SwiftCode.literal(["a": 1, "b": inner]) == """
                [
                        "a": 1,
                        "b": [
                            "\(word)",
                            "\(word)",
                        ],
                    ]
                """)
    }

    @Test(
        "A type stands where none is known from the place",
        arguments: [
            ("1", "1"), (#""x""#, #""x""#), ("false", "false"), ("null", "nil as JSONValue"),
            ("[1]", "[1] as JSONValue"),
            ("{}", "[:] as JSONValue"),
        ])
    func typed(text: String, expected: String) throws {
        #expect(SwiftCode.typed(try JSON(parsing: text)) == expected)
    }

    @Test(
        "Spans of time are in their largest unit",
        arguments: [
            (0, ".days(0)"), (172_800_000, ".days(2)"), (90_000_000, ".hours(25)"), (5_400_000, ".minutes(90)"),
            (61_000, ".seconds(61)"), (1500, ".milliseconds(1500)"),
        ])
    func span(milliseconds: Int, expected: String) {
        #expect(SwiftCode.span(.milliseconds(milliseconds)) == expected)
    }

    @Test("Spans are rounded the way that a test needs")
    func rounding() {
        #expect(Duration.milliseconds(1001).secondsUp == .seconds(2))
        #expect(Duration.seconds(2).secondsUp == .seconds(2))
        #expect(Duration.milliseconds(119_999).minutesDown == .seconds(60))
        #expect(Duration.milliseconds(1400).andSome == .seconds(2))
        #expect(Duration.milliseconds(1500).andSome == .seconds(3))
        #expect(Duration.seconds(90).andSome == .seconds(180))
    }
}
