/// How the width of the terminal is shared out to the columns of the waterfall.
struct WaterfallLayout {
    let hasBranches: Bool
    let label: Int
    let bar: Int
    let time: Int

    init(_ rows: [TimelineRow], width: Int) {
        hasBranches = rows.contains { $0.branch != nil }
        let time = rows.map { Self.time($0).count }.max() ?? 0
        let longest = rows.map { TerminalText.width(TerminalText.oneLine($0.label)) }.max() ?? 0
        let label = min(longest, max(10, width * 3 / 10))
        self.time = time
        self.label = label
        // Bracket, symbol and the spaces between.
        bar = max(6, width - (hasBranches ? 2 : 0) - 2 - label - 1 - 1 - time)
    }

    /// Columns before the bar.
    var left: Int { (hasBranches ? 2 : 0) + 2 + label + 1 }

    static func time(_ row: TimelineRow) -> String {
        let duration = DurationText.short(row.duration)
        return row.attempts > 1 ? "\(duration) ×\(row.attempts)" : duration
    }
}
