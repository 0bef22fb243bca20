import Wire

/// A step of a run, or what the function did outside of steps, as one line of the waterfall.
struct TimelineRow: Sendable {
    /// Nil for the function's code outside of steps.
    let step: String?
    var label: String
    var state: State
    var segments: [Segment] = []
    var notes: [Note] = []
    /// Steps that were found together, and so run side by side, have the same number.
    var branch: Int?
    /// Calls that were made for it.
    var attempts = 0
    /// When something that has not ended yet began.
    var openSince: Timestamp?

    enum State: Sendable {
        case queued, running, waiting, done, failed, cancelled
    }

    /// What the time went into.
    enum Part: Sendable, CaseIterable {
        case queued, running, failed, waiting, backoff
    }

    struct Segment: Hashable, Sendable {
        let part: Part
        let from: Timestamp
        let to: Timestamp
    }

    /// A line below the bar.
    struct Note: Hashable, Sendable {
        let at: Timestamp?
        let text: String
        let isBad: Bool
    }

    mutating func add(_ part: Part, _ from: Timestamp?, _ to: Timestamp?) {
        guard let from, let to, from <= to else { return }
        segments.append(Segment(part: part, from: from, to: to))
    }

    mutating func note(_ text: String, at time: Timestamp? = nil, isBad: Bool = false) {
        notes.append(Note(at: time, text: text, isBad: isBad))
    }

    /// From the first thing that happened to the last.
    var duration: Duration {
        guard let from = segments.map(\.from).min(), let to = segments.map(\.to).max() else { return .zero }
        return to - from
    }
}

extension TimelineRow.State {
    var symbol: String {
        switch self {
        case .queued: "○"
        case .running: "▸"
        case .waiting: "◷"
        case .done: "✓"
        case .failed: "✗"
        case .cancelled: "⊘"
        }
    }

    var style: TextStyle {
        switch self {
        case .queued, .waiting: .waiting
        case .running: .busy
        case .done: .good
        case .failed: .bad
        case .cancelled: .quiet
        }
    }
}

extension TimelineRow.Part {
    /// How the bar is drawn; the marks differ also without colours.
    var mark: Character {
        switch self {
        case .queued: "░"
        case .running: "█"
        case .failed: "▒"
        case .waiting: "─"
        case .backoff: "·"
        }
    }

    var style: TextStyle {
        switch self {
        case .queued, .backoff: .quiet
        case .running: .good
        case .failed: .bad
        case .waiting: .waiting
        }
    }

    var meaning: String {
        switch self {
        case .queued: "in the queue"
        case .running: "app at work"
        case .failed: "failed attempt"
        case .waiting: "asleep or waiting"
        case .backoff: "until the next attempt"
        }
    }

    /// Where several things fall into one column, the one that matters most is drawn.
    var precedence: Int {
        switch self {
        case .failed: 4
        case .running: 3
        case .waiting: 2
        case .backoff: 1
        case .queued: 0
        }
    }
}
