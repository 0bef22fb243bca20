import ArgumentParser
import Wire

/// A time as it is given on the command line: absolute, or counted from the orchestrator's present.
enum TimeArgument: Hashable, Sendable, ExpressibleByArgument {
    case at(Timestamp)
    case ahead(Duration)
    case ago(Duration)

    init?(argument: String) {
        if let time = Timestamp(rfc3339: argument) {
            self = .at(time)
        } else if let milliseconds = Int64(argument), argument.count >= 12, milliseconds > 0 {
            self = .at(Timestamp(milliseconds: milliseconds))
        } else if argument == "now" {
            self = .ahead(.zero)
        } else if argument.hasPrefix("+"), let duration = TimeString.parse(String(argument.dropFirst())) {
            self = .ahead(duration)
        } else if let duration = TimeString.parse(argument.hasPrefix("-") ? String(argument.dropFirst()) : argument) {
            self = .ago(duration)
        } else {
            return nil
        }
    }

    /// The point in time that is meant.
    func resolved(now: Timestamp) -> Timestamp {
        switch self {
        case .at(let time): time
        case .ahead(let duration): now + duration
        case .ago(let duration): Timestamp(milliseconds: now.milliseconds - duration.milliseconds)
        }
    }

    /// Whether the present has to be known to resolve it.
    var isRelative: Bool { if case .at = self { false } else { true } }

    var defaultValueDescription: String { "" }
}
