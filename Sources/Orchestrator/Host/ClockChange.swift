import Dispatch
import Wire

/// What can be asked of the clock.
enum ClockChange: Sendable, Equatable {
    case read
    case pause
    case run
    case advance(Duration)
    case advanceTo(Timestamp)
    case toNextTimer
}

/// How the clock stands.
struct ClockState: Sendable {
    let now: Timestamp
    let wall: Timestamp
    let isPaused: Bool
    let nextTimer: Timestamp?
    /// How often the clock stopped on its way because something was due; nil where it was not moved.
    let fired: Int?
    /// Nil unless it is on its way.
    let moving: Moving?

    /// Where the clock is on its way to, and what it waits for.
    struct Moving: Sendable, Equatable {
        /// Nil as long as it is not known what is next.
        let target: Timestamp?
        /// The runs whose calls are open.
        let waitsFor: [ULID]
    }
}

/// The clock on its way to a later time.
struct ClockJourney {
    typealias Reply = @Sendable (Result<ClockState, any Error>) -> Void

    /// Nil until everything is done that was due at the start, on the way to whatever is due next.
    var target: Timestamp?
    /// The machine's time when a clock that ran set off; nil where it stood.
    let departure: Timestamp?
    let reply: Reply
    var fired = 0
    var lastProgress = DispatchTime.now()

    init(target: Timestamp?, departure: Timestamp?, reply: @escaping Reply) {
        self.target = target
        self.departure = departure
        self.reply = reply
    }

    /// Whether it runs on when it has arrived.
    var resumes: Bool { departure != nil }

    /// Whether calls have been open for so long that waiting for them makes no sense.
    var isStuck: Bool { DispatchTime.now() > lastProgress + .seconds(30) }

    /// The clock when the journey ends before it has arrived: one that ran goes on where it would be if it had not stood,
    /// and never goes back.
    func left(_ clock: OrchestratorClock, wall: Timestamp) -> OrchestratorClock {
        guard let departure, case .paused(let time) = clock.mode else { return clock }
        return OrchestratorClock(mode: .running(aheadBy: time - min(departure, wall)))
    }

    /// What a journey waits for, in words; nil where it is nothing.
    static func open(calls: Int, of runs: [ULID]) -> String? {
        guard calls > 0 else { return nil }
        let names = runs.prefix(5).map(\.description).joined(separator: ", ") + (runs.count > 5 ? ", …" : "")
        let which = runs.isEmpty ? "" : " (\(runs.count == 1 ? "run" : "runs") \(names))"
        return (calls == 1 ? "1 call is still open" : "\(calls) calls are still open") + which
    }
}
