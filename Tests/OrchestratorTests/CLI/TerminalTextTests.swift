import Testing

@testable import Orchestrator

struct TerminalTextTests {
    @Test(arguments: [
        ("plain ✓ größe 日本", "plain ✓ größe 日本"),
        ("\u{1B}[31mred", "\\u{1b}[31mred"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("csi \u{9B}2J", "csi \\u{9b}2J"),
        ("\u{7F}", "\\u{7f}"),
        ("abc\u{202E}txt", "abc\\u{202e}txt"),
        ("zero\u{200B}width", "zero\\u{200b}width"),
    ])
    func nothingThatATerminalObeysIsLeft(text: String, expected: String) {
        #expect(TerminalText.safe(text) == expected)
    }

    @Test func messagesOverLinesBecomeOne() {
        #expect(TerminalText.oneLine("first\nsecond\r\n\tthird") == "first second third")
    }

    @Test(arguments: [("abc", 3), ("日本", 4), ("é", 1), ("e\u{301}", 1), ("🎉", 2), ("👩‍👩‍👧", 2), ("✓", 1), ("", 0)])
    func widthIsThatOfTheTerminal(text: String, columns: Int) {
        #expect(TerminalText.width(text) == columns)
    }

    @Test func cutsToColumns() {
        #expect(TerminalText.truncated("abcdef", to: 4) == "abc…")
        #expect(TerminalText.truncated("abcd", to: 4) == "abcd")
        #expect(TerminalText.truncated("日本語", to: 4) == "日…")
        #expect(TerminalText.fitted("日本語", to: 4) == "日… ")
        #expect(TerminalText.fitted("ab", to: 4, right: true) == "  ab")
    }

    @Test func breaksAtSpaces() {
        #expect(TerminalText.wrapped("the quick brown fox", to: 10) == ["the quick", "brown fox"])
        #expect(TerminalText.wrapped("abcdefghijkl", to: 8) == ["abcdefgh", "ijkl"])
        #expect(TerminalText.wrapped("the quick brown fox", to: 10, lines: 1) == ["the quick…"])
        #expect(TerminalText.wrapped("", to: 10) == [""])
    }

    @Test func everyWrappedLineFits() {
        let text = String(repeating: "word 日本 ", count: 40)
        #expect(TerminalText.wrapped(text, to: 17).allSatisfy { TerminalText.width($0) <= 17 })
    }
}
