import JSON
import Wire

/// Draws a run for a terminal: what it is, its steps as a waterfall, why it waits, and what came of it.
struct TimelineRendering {
    let timeline: RunTimeline
    let width: Int
    let paint: Paint
    /// Whether nothing is cut.
    let full: Bool

    /// - Parameters:
    ///   - json: the data of `GET /v1/runs/{id}/timeline`.
    ///   - now: the orchestrator's present.
    init(_ json: JSON, now: Timestamp, width: Int, paint: Paint = .none, full: Bool = false) {
        timeline = RunTimeline(json, now: now)
        self.width = max(width, 40)
        self.paint = paint
        self.full = full
    }

    func lines() -> [String] {
        var sections = [header()]
        if !timeline.rows.isEmpty { sections.append(waterfall()) }
        if !timeline.blockers.isEmpty { sections.append(waiting()) }
        if full { sections += timeline.steps.map(stepValue) }
        if let data = timeline.event?["data"], data != .emptyObject {
            sections.append(block("Event data", JSONText.lines(data, limit: full ? .max : 12, width: columns)))
        }
        if let output = timeline.run.output, !output.isNull { sections.append(result(output)) }
        return Array(sections.joined(separator: [""]))
    }

    // MARK: Header

    private func header() -> [String] {
        let run = timeline.run
        let status = run.statusCell
        let title = "\(paint(status.text, status.style))  \(paint(TerminalText.oneLine(run.functionName), .strong))"
        return [title] + fields().flatMap { name, value in field(name, value) }
    }

    private func fields() -> [(String, String)] {
        let run = timeline.run
        let now = timeline.now
        var fields = [("run", run.id), ("function", run.function), ("app", run.app)]
        if let cron = run.cron {
            fields.append(("schedule", cron))
        } else if let name = run.eventName {
            fields.append(("event", [name, run.eventID].compactMap { $0 }.joined(separator: " ")))
        }
        if let original = run.originalRun { fields.append(("rerun of", original)) }
        if let parent = run.parentRun { fields.append(("invoked by", parent)) }
        fields.append(("queued", TimeText.full(run.queuedAt, now: now)))
        if let scheduled = run.scheduledFor, scheduled > run.queuedAt {
            fields.append(("scheduled", TimeText.full(scheduled, now: now)))
        }
        if let started = run.startedAt { fields.append(("started", TimeText.full(started, now: now))) }
        if let ended = run.endedAt {
            fields.append(("ended", TimeText.full(ended, now: now)))
            fields.append(("took", DurationText.short(ended - (run.startedAt ?? run.queuedAt))))
            // The error of one that failed has a part of its own.
            if run.state != .failed, let ending = timeline.ending { fields.append(("because", ending)) }
        }
        return fields
    }

    private func field(_ name: String, _ value: String) -> [String] {
        let lines = TerminalText.wrapped(TerminalText.oneLine(value), to: width - 12, lines: full ? .max : 2)
        return lines.enumerated().map { index, line in
            paint(TerminalText.fitted(index == 0 ? name : "", to: 10), .quiet) + "  " + line
        }
    }

    // MARK: Waterfall

    private func waterfall() -> [String] {
        let layout = WaterfallLayout(timeline.rows, width: width)
        let bar = TimelineBar(start: timeline.start, end: timeline.end, columns: layout.bar, paint: paint)
        var lines = [
            paint("Timeline", .strong) + String(repeating: " ", count: max(1, layout.left - 8))
                + paint(bar.scale(), .quiet)
        ]
        for (index, row) in timeline.rows.enumerated() {
            let bracket = layout.hasBranches ? bracket(index) : ""
            let label = TerminalText.fitted(TerminalText.oneLine(row.label), to: layout.label)
            let time = TerminalText.fitted(WaterfallLayout.time(row), to: layout.time, right: true)
            lines.append(
                "\(bracket)\(paint(row.state.symbol, row.state.style)) \(label) \(bar.draw(row.segments)) \(time)")
            let continues = layout.hasBranches && isBranch(index, continuedBy: index + 1)
            for note in row.notes {
                lines += noteLines(note, bracket: layout.hasBranches ? (continues ? "│ " : "  ") : "")
            }
        }
        return lines + legend()
    }

    private func isBranch(_ index: Int, continuedBy next: Int) -> Bool {
        let rows = timeline.rows
        guard rows.indices.contains(index), rows.indices.contains(next) else { return false }
        return rows[index].branch != nil && rows[index].branch == rows[next].branch
    }

    /// Holds together the steps that were found together.
    private func bracket(_ index: Int) -> String {
        switch (isBranch(index - 1, continuedBy: index), isBranch(index, continuedBy: index + 1)) {
        case (false, true): "┌ "
        case (true, true): "│ "
        case (true, false): "└ "
        case (false, false): "  "
        }
    }

    private func noteLines(_ note: TimelineRow.Note, bracket: String) -> [String] {
        let time = note.at.map { "+\(DurationText.short($0 - timeline.start)) " } ?? ""
        let text = TerminalText.oneLine(time + note.text)
        let lines = TerminalText.wrapped(text, to: width - bracket.count - 4, lines: full ? .max : 3)
        return lines.map { "\(bracket)    \(paint($0, note.isBad ? .bad : .quiet))" }
    }

    /// The marks that occur.
    private func legend() -> [String] {
        let used = Set(timeline.rows.flatMap(\.segments).map(\.part))
        let marks = TimelineRow.Part.allCases.filter(used.contains).map { "\($0.mark) \($0.meaning)" }
        guard !marks.isEmpty else { return [] }
        return TerminalText.wrapped(marks.joined(separator: "   "), to: width).map { paint($0, .quiet) }
    }

    // MARK: Below

    private var columns: Int? { full ? nil : width - 2 }

    private func waiting() -> [String] {
        block("Waits", timeline.blockers.flatMap { $0.lines(now: timeline.now, width: width - 2) })
    }

    private func stepValue(_ step: JSON) -> [String] {
        let name = TerminalText.oneLine(step["name"]?.string ?? step["id"]?.string ?? "?")
        return block("Step \(name)", JSONText.lines(step["value"] ?? .null))
    }

    private func result(_ output: JSON) -> [String] {
        guard timeline.run.state == .failed else {
            return block("Output", JSONText.lines(output, limit: full ? .max : 40, width: columns))
        }
        let error = ReportedError(output)
        var lines = TerminalText.wrapped(TerminalText.oneLine(error.description), to: width - 2)
        lines += error.stack?.split(whereSeparator: \.isNewline).map { TerminalText.safe(String($0)) } ?? []
        for (name, value) in [("cause", error.cause), ("data", error.data)] {
            guard let value else { continue }
            lines += JSONText.lines([name: value])
        }
        return block("Error", JSONText.bounded(lines, limit: full ? .max : 20, width: columns))
    }

    private func block(_ title: String, _ lines: [String]) -> [String] {
        [paint(title, .strong)] + lines.map { "  " + $0 }
    }
}

extension WaitReason {
    /// What it waits for, and since when.
    func lines(now: Timestamp, width: Int) -> [String] {
        let age = since.map { ", since \(TimeText.relative($0, to: now))" } ?? ""
        let subject = label.isEmpty ? "" : "\(label): "
        let lines = TerminalText.wrapped(TerminalText.oneLine(subject + text + age), to: width - 2)
        return lines.enumerated().map { ($0 == 0 ? "◷ " : "  ") + $1 }
    }
}
