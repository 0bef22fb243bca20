import Testing

@testable import Orchestrator

struct TextTableTests {
    private func table() -> TextTable {
        var table = TextTable([.fixed("ID"), .flexible("NAME"), .fixed("N", right: true), .flexible("NOTE")])
        table.append(["01ABC", "a name of some length", "7", "a note that is longer than the name"])
        table.append(["01ABCDEF", "日本", "1234", ""])
        return table
    }

    @Test func columnsAreAligned() {
        #expect(
            table().lines(width: nil) == [
                "ID        NAME                      N  NOTE",
                "01ABC     a name of some length     7  a note that is longer than the name",
                "01ABCDEF  日本                   1234  ",
            ])
    }

    @Test func wideColumnsGiveWayFirst() {
        let lines = table().lines(width: 50)
        #expect(lines.allSatisfy { TerminalText.width($0) <= 50 })
        #expect(lines[1].hasPrefix("01ABC     a name of"))
        #expect(lines[2].contains("1234"))
    }

    @Test func idsAreNeverCut() {
        let lines = table().lines(width: 10)
        #expect(lines[2].hasPrefix("01ABCDEF  "))
        #expect(lines[1].contains("…"))
    }

    @Test func fieldsCantForgeRows() {
        var table = TextTable([.flexible("NAME")])
        table.append([.init("x\n01FORGED  \u{1B}[2J")])
        #expect(table.lines(width: nil) == ["NAME", "x\\n01FORGED  \\u{1b}[2J"])
    }

    @Test func coloursDoNotChangeTheLayout() {
        let plain = table().lines(width: 50)
        let coloured = table().lines(width: 50, paint: Paint(isOn: true))
        #expect(coloured.map { $0.replacing(/\u{1B}\[[0-9]+m/, with: "") } == plain)
        #expect(coloured[0] != plain[0])
    }
}
