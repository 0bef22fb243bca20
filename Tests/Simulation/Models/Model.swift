import JSON
import Wire

/// What must be, by the rules as the documentation promises them. It is told what happens, and knows nothing of how
/// the engine goes about it.
final class Model {
    var functions: [String: SimulatedFunction] = [:]
    /// Since when a function is paused, and when its runs are cancelled.
    var paused: [String: Timestamp?] = [:]
    private(set) var runs: [ModelRun] = []
    /// Runs that the engine is yet to show.
    private(set) var expected: [ModelRun] = []
    /// Events that are to be recorded as skipped runs.
    var skipped: [(function: String, events: [SimulatedEvent])] = []
    private var byID: [ULID: ModelRun] = [:]
    var coverage = Coverage()

    var rateLimits = RateLimitModel()
    var once = OnceModel()
    var debounces = DebounceModel()
    var batches = BatchModel()
    var throttles = ThrottleModel()
    var ticks: [String: Timestamp] = [:]
    /// Calls that are open, and what they count for.
    var open: [OpenCall] = []

    var liveRuns: [ModelRun] { runs.filter { $0.isLive } }

    func run(_ id: ULID) -> ModelRun? { byID[id] }

    func register(_ program: Program, now: Timestamp) {
        let others = functions.values.filter { $0.app != "app" }
        functions = Dictionary(uniqueKeysWithValues: (program.functions + others).map { ($0.id, $0) })
        planTicks(now: now)
    }

    func add(_ function: SimulatedFunction) { functions[function.id] = function }

    /// What is left of its runs ends when it is next called for.
    func remove(_ function: SimulatedFunction) { functions[function.id] = nil }

    func expect(_ run: ModelRun) {
        runs.append(run)
        expected.append(run)
    }

    /// Takes a run that no rule of events has asked for: an invoked one, or one of an internal event.
    func adopt(_ run: ModelRun, _ id: ULID) {
        runs.append(run)
        run.id = id
        byID[id] = run
    }

    /// The run that a new run of the engine is expected to be.
    func claim(_ id: ULID, _ isIt: (ModelRun) -> Bool) -> ModelRun? {
        guard let index = expected.firstIndex(where: isIt) else { return nil }
        let run = expected.remove(at: index)
        run.id = id
        byID[id] = run
        return run
    }

    func cancel(_ run: ModelRun, _ cause: Coverage.Feature) {
        run.cancellation = cause
        coverage.note(cause)
    }
}
