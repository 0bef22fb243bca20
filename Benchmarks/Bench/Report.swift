import Foundation
import JSON

/// The figures as a table, and as JSON.
struct Report {
    let machine: Machine
    let figures: [Figure]

    /// Markdown, so that it can be pasted.
    var table: String {
        var lines = [
            "| measured | median | min … max | ceiling | of the ceiling | aim |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        for figure in figures {
            let unit = figure.measure.unit
            let ceiling = figure.ceiling.map { "\(Self.text($0)) \(unit.rawValue)" } ?? ""
            lines.append(
                """
                | \(figure.measure.title) | \(Self.text(figure.median)) \(unit.rawValue) \
                | \(Self.text(figure.smallest)) … \(Self.text(figure.largest)) | \(ceiling) \
                | \(Self.ratio(figure)) | \(Self.aim(figure)) |
                """)
        }
        return lines.joined(separator: "\n")
    }

    private static func ratio(_ figure: Figure) -> String {
        guard let ratio = figure.ratio else { return "" }
        return figure.measure.unit == .milliseconds ? "\(text(ratio)) ×" : "\(text(ratio * 100)) %"
    }

    private static func aim(_ figure: Figure) -> String {
        guard let target = figure.measure.target else { return "" }
        let met = target.isMet(by: figure) ? "met" : "MISSED"
        switch target {
        case .atMost(let limit): return "≤ \(text(limit)): \(met)"
        case .atLeast(let limit): return "≥ \(text(limit)): \(met)"
        case .atLeastOfCeiling(let share): return "≥ \(text(share * 100)) % of the ceiling: \(met)"
        }
    }

    /// Three digits that count.
    private static func text(_ value: Double) -> String {
        let places = value >= 100 ? 0 : value >= 10 ? 1 : 2
        return String(format: "%.\(places)f", value)
    }

    var json: JSON {
        let entries = figures.map { figure -> JSON in
            [
                "ceiling": figure.ceiling.map(JSON.double), "max": .double(figure.largest),
                "median": .double(figure.median), "min": .double(figure.smallest), "name": .string(figure.measure.name),
                "ratio": figure.ratio.map(JSON.double), "rounds": .array(figure.rounds.map { .double($0.value) }),
                "title": .string(figure.measure.title), "unit": .string(figure.measure.unit.rawValue),
            ]
        }
        let date = Date().formatted(.iso8601)
        return ["date": .string(date), "figures": .array(entries), "machine": machine.json]
    }
}
