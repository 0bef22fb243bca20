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
}

/// The clock on its way to a later time.
struct ClockJourney {
    typealias Reply = @Sendable (Result<ClockState, any Error>) -> Void

    /// Nil until everything is done that was due at the start, on the way to whatever is due next.
    var target: Timestamp?
    /// Whether it runs on when it has arrived.
    let resumes: Bool
    let reply: Reply
    var fired = 0
    var lastProgress = DispatchTime.now()

    /// Whether calls have been open for so long that waiting for them makes no sense.
    var isStuck: Bool { DispatchTime.now() > lastProgress + .seconds(30) }
}
