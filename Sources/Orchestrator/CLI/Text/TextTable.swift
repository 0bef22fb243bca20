/// A table of aligned columns that fits a width: wide columns give way first, fixed ones never.
struct TextTable {
    /// How a column behaves.
    struct Column {
        let title: String
        /// The least width that the column can be cut to; nil for text that is useless when cut, such as ids.
        let minimum: Int?
        let alignsRight: Bool

        static func fixed(_ title: String, right: Bool = false) -> Column {
            Column(title: title, minimum: nil, alignsRight: right)
        }

        static func flexible(_ title: String, minimum: Int = 8) -> Column {
            Column(title: title, minimum: minimum, alignsRight: false)
        }
    }

    /// A field; its text is made safe for the terminal.
    struct Cell: ExpressibleByStringInterpolation {
        let text: String
        let style: TextStyle?

        init(_ text: String, _ style: TextStyle? = nil) {
            self.text = TerminalText.safe(text)
            self.style = style
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    let columns: [Column]
    private(set) var rows: [[Cell]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    mutating func append(_ cells: [Cell]) { rows.append(cells) }

    /// The lines of the table, with titles.
    /// - Parameter width: what the terminal has; nil when nothing needs to be cut.
    func lines(width: Int?, paint: Paint = .none) -> [String] {
        let widths = widths(available: width)
        let titles = columns.map { Cell($0.title, .strong) }
        return ([titles] + rows).map { line($0, widths, paint) }
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ paint: Paint) -> String {
        var text = ""
        for (index, cell) in cells.enumerated() where index < widths.count {
            if index > 0 { text += Self.gap }
            let isLast = index == widths.count - 1
            // No spaces at the end of lines: they wrap on narrow terminals.
            let field =
                isLast && !columns[index].alignsRight
                ? TerminalText.truncated(cell.text, to: widths[index])
                : TerminalText.fitted(cell.text, to: widths[index], right: columns[index].alignsRight)
            text += paint(field, cell.style)
        }
        return text
    }

    private func widths(available: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(TerminalText.width(columns[index].title)) { widest, row in
                index < row.count ? max(widest, TerminalText.width(row[index].text)) : widest
            }
        }
        guard let available else { return widths }
        var excess = widths.reduce(0, +) + Self.gap.count * (columns.count - 1) - available
        while excess > 0 {
            // One column at a time from the widest, so that two wide ones share the loss.
            let candidates = columns.indices.filter { index in
                columns[index].minimum.map { widths[index] > $0 } ?? false
            }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private static let gap = "  "
}
