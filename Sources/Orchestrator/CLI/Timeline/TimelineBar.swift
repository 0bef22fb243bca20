import Wire

/// Draws the parts of a row to scale.
struct TimelineBar {
    let start: Timestamp
    let end: Timestamp
    let columns: Int
    let paint: Paint

    /// The bar, always as wide as it has columns.
    func draw(_ segments: [TimelineRow.Segment]) -> String {
        var cells = [TimelineRow.Part?](repeating: nil, count: columns)
        // Work is seen however short it was; waiting that took no time is not drawn.
        for segment in segments where segment.from < segment.to || segment.part == .running || segment.part == .failed {
            for column in range(of: segment) where segment.part.precedence >= (cells[column]?.precedence ?? 0) {
                cells[column] = segment.part
            }
        }
        var text = ""
        for group in cells.chunkedByEquality() {
            let mark = group.part?.mark ?? " "
            text += paint(String(repeating: mark, count: group.count), group.part?.style)
        }
        return text
    }

    /// The times at the ends and in the middle.
    func scale() -> String {
        let span = end - start
        let last = DurationText.short(span)
        let middle = DurationText.short(milliseconds: span.milliseconds / 2)
        guard columns >= last.count + 3 else { return "" }
        var text = "0"
        let middleColumn = columns / 2
        if columns >= middle.count + last.count + 12 {
            text += String(repeating: " ", count: middleColumn - 1) + middle
        }
        return text + String(repeating: " ", count: max(1, columns - text.count - last.count)) + last
    }

    private func range(of segment: TimelineRow.Segment) -> Range<Int> {
        let span = Double(max(1, end.milliseconds - start.milliseconds))
        let scale = Double(columns) / span
        let first = Int((Double(segment.from.milliseconds - start.milliseconds) * scale).rounded(.down))
        let last = Int((Double(segment.to.milliseconds - start.milliseconds) * scale).rounded(.up))
        let from = min(max(0, first), columns - 1)
        return from..<min(max(from + 1, last), columns)
    }
}

extension [TimelineRow.Part?] {
    fileprivate func chunkedByEquality() -> [(part: TimelineRow.Part?, count: Int)] {
        var groups: [(part: TimelineRow.Part?, count: Int)] = []
        for part in self {
            if let last = groups.last, last.part == part {
                groups[groups.count - 1].count += 1
            } else {
                groups.append((part, 1))
            }
        }
        return groups
    }
}
