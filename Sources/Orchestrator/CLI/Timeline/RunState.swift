import ArgumentParser

/// The states of a run, as the API names them.
enum RunState: String, CaseIterable, Sendable, ExpressibleByArgument {
    case queued = "Queued"
    case running = "Running"
    case completed = "Completed"
    case failed = "Failed"
    case cancelled = "Cancelled"
    case skipped = "Skipped"

    init?(argument: String) {
        guard let state = Self.allCases.first(where: { $0.rawValue.lowercased() == argument.lowercased() }) else {
            return nil
        }
        self = state
    }

    static var allValueStrings: [String] { allCases.map { $0.rawValue.lowercased() } }

    var style: TextStyle {
        switch self {
        case .queued: .waiting
        case .running: .busy
        case .completed: .good
        case .failed: .bad
        case .cancelled, .skipped: .quiet
        }
    }

    var symbol: String {
        switch self {
        case .queued: "○"
        case .running: "▸"
        case .completed: "✓"
        case .failed: "✗"
        case .cancelled: "⊘"
        case .skipped: "⇥"
        }
    }
}
