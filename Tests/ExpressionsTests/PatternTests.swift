import Testing

@testable import Expressions

@Suite("Regular expressions")
struct PatternTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var pattern: String
        var yes: [String]
        var no: [String]
        var testDescription: String { pattern }
        init(_ pattern: String, yes: [String], no: [String]) { (self.pattern, self.yes, self.no) = (pattern, yes, no) }
    }

    @Test(
        "Matches and does not",
        arguments: [
            Case("abc", yes: ["abc", "xabcx"], no: ["ab", "acb", ""]),
            Case("^abc$", yes: ["abc"], no: ["xabc", "abc\n"]),
            Case("a|bc|", yes: ["", "x"], no: []),
            Case("^(a|bc)$", yes: ["a", "bc"], no: ["b", "abc"]),
            Case("^a?b+c*$", yes: ["b", "abbcc"], no: ["a", "ac"]),
            Case("^a{2,3}$", yes: ["aa", "aaa"], no: ["a", "aaaa"]),
            Case("^a{2,}$", yes: ["aa", "aaaaa"], no: ["a"]),
            Case("^a{0}b$", yes: ["b"], no: ["ab"]),
            Case("^a{,2}$", yes: ["a{,2}"], no: ["a"]),
            Case("^.$", yes: ["x", "é", "😀"], no: ["\n", "xy", ""]),
            Case("(?s)^.$", yes: ["\n"], no: []),
            Case("(?i)straße", yes: ["STRAßE", "Straße"], no: ["strase"]),
            Case("(?i:A)b", yes: ["ab", "Ab"], no: ["aB"]),
            Case("(?m)^b$", yes: ["a\nb\nc"], no: ["ab"]),
            Case("\\Aa\\z", yes: ["a"], no: ["a\n"]),
            Case("\\bfoo\\b", yes: ["a foo b", "foo"], no: ["foobar", "_foo"]),
            Case("o\\B", yes: ["ox"], no: ["o"]),
            Case("^[a-c\\d_-]+$", yes: ["a1_-"], no: ["d"]),
            Case("^[^a-c]$", yes: ["d", "é"], no: ["a"]),
            Case("^[]a]$", yes: ["]", "a"], no: ["b"]),
            Case("^[[:alpha:]][[:^digit:]]$", yes: ["ab"], no: ["1b", "a1"]),
            Case("^\\w\\W\\s\\S\\d\\D$", yes: ["a- b1c"], no: ["a- b1 1"]),
            Case("^[\\W]$", yes: ["-"], no: ["a"]),
            Case("^\\p{Lu}\\p{L}\\PN$", yes: ["Éaé"], no: ["éaé", "Éa1"]),
            Case("^\\x41\\x{1F600}\\t\\.$", yes: ["A😀\t."], no: ["A😀\tx"]),
            Case("\\Qa.b\\E+", yes: ["a.b", "a.bbb"], no: ["axb"]),
            Case("(?P<year>\\d{4})-(?<month>\\d\\d)", yes: ["2026-11"], no: ["2026-1"]),
            Case("^(a*)*$", yes: ["", "aaa"], no: ["b"]),
            Case("a*?b", yes: ["aab"], no: ["aa"]),
            Case("日本", yes: ["日本語"], no: ["日"]),
        ])
    func matches(_ expected: Case) throws {
        let pattern = try Pattern(Text(expected.pattern))
        var frame = Frame.empty
        for text in expected.yes { #expect(try pattern.isFound(in: Text(text), frame: &frame), "in \(text)") }
        for text in expected.no { #expect(try !pattern.isFound(in: Text(text), frame: &frame), "in \(text)") }
    }

    @Test(
        "Refused",
        arguments: [
            "(", ")", "[", "[a", "a**", "*a", "+", "(?=a)", "(?<!a)", "(?P=x)", "\\1", "\\q", "\\p{Greek}", "[z-a]",
            "a{3,2}", "\\", "(?i", "\\x{110000}", "[[:nope:]]", "{2}",
        ])
    func refused(pattern: String) {
        #expect(throws: Fault.self) { try Pattern(Text(pattern)) }
    }
}
