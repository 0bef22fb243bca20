import JSON
import Wire

/// What the API asks of storage, beside the engine's thread and without its transactions.
package protocol Reads: Sendable {
    func runs(_ query: RunQuery) async throws -> Page<Run>
    func run(_ id: ULID) async throws -> Run?
    /// Runs without their output.
    func runs(_ ids: [ULID]) async throws -> [Run]
    /// How many runs of each status there are.
    /// - Parameter limit: of each; a status that reaches it may have more.
    func runCounts(_ query: RunQuery, limit: Int) async throws -> [Run.Status: Int]
    /// When runs were made, began and ended, the newest first.
    func runTimes(of function: NameUUID, since: Timestamp, until: Timestamp, limit: Int) async throws -> [RunTimes]
    /// Calls of a function that are queued and due.
    func backlog(of function: NameUUID, at now: Timestamp, limit: Int) async throws -> Int
    /// What is due next after a time, the earliest first.
    func timers(after now: Timestamp, limit: Int) async throws -> [QueueItem]
    /// Failures with the number of runs in each interval.
    func failureGroups(_ query: FailureQuery) async throws -> FailureGroups
    /// A run with everything that is known of it.
    func timeline(_ id: ULID) async throws -> Timeline?
    func events(_ query: EventQuery) async throws -> Page<StoredEvent>
    func events(_ ids: [ULID]) async throws -> [StoredEvent]
    func eventNames(_ ids: [ULID]) async throws -> [ULID: String]
    func steps(of run: ULID) async throws -> [Step]
    /// An event with what came of it.
    func outcome(of event: ULID) async throws -> EventOutcome?
    func job(_ id: ULID) async throws -> BulkJob?
    /// Jobs of a kind, the newest first.
    func jobs(_ kind: BulkJob.Kind, before: ULID?, limit: Int) async throws -> Page<BulkJob>
    /// What a job has done, in the order of the runs' ids.
    /// - Parameter refused: those runs alone that it could do nothing with.
    func jobRuns(_ job: ULID, refused: Bool, after: ULID?, limit: Int) async throws -> Page<BulkJobRun>
    /// What became of the runs that a replay has started, by status: of the first `limit`, and not of those that are deleted.
    func jobResults(_ job: ULID, limit: Int) async throws -> [Run.Status: Int]
    /// Arguments that steps of a rerun are given instead of those in the code.
    func stepInputs(of run: ULID) async throws -> [StepInput]
    func apps() async throws -> [AppRecord]
    func functions() async throws -> [FunctionRecord]
    /// The next tick of each schedule.
    func cronItems() async throws -> [QueueItem]
    /// The waits for events, by the event's name.
    func waitCounts() async throws -> [WaitCount]
    /// How many calls to apps are due and not being made, counted up to ``Limits/countedQueue``.
    func queueDepth(at now: Timestamp) async throws -> Int
}

/// How many runs wait for events of one name.
package struct WaitCount: Hashable, Sendable {
    package let eventName: String
    package let live: Int
    /// Those whose expression has nothing to look up: each is evaluated for every event of the name.
    package let unindexed: Int

    package init(eventName: String, live: Int, unindexed: Int) {
        self.eventName = eventName
        self.live = live
        self.unindexed = unindexed
    }
}

/// Which runs, newest first.
package struct RunQuery: Hashable, Sendable {
    package var limit: Int
    /// Runs older than this one.
    package var before: ULID?
    /// Runs made at or after, and before, these times.
    package var since: Timestamp?
    package var until: Timestamp?
    package var statuses: Set<Run.Status> = []
    /// Any of these functions; nil for all.
    package var functions: [NameUUID]?
    /// Started by this event, or by a batch that it is in.
    package var event: ULID?
    /// Repeating this run.
    package var rerunOf: ULID?
    /// Failed for this reason (``Failure/group``).
    package var failure: String?
    /// Of ``failure``, those only that were not run again.
    package var openFailures = false
    /// Whether the runs come with their output.
    package var withOutput = true
    /// Ends the page early where the outputs are larger than this together, in bytes.
    package var maximumBytes = 64 << 20

    package init(limit: Int) {
        self.limit = limit
    }
}

/// Which events, those that came last first. By when they came, and not by their ids: a step may send one under an id
/// that was made when its run began.
package struct EventQuery: Sendable {
    package var limit: Int
    /// The last event of the page before.
    package var before: ULID?
    package var since: Timestamp?
    package var until: Timestamp?
    package var name: String?
    package var includesInternal = false
    /// Ends the page early where the events are larger than this together, in bytes.
    package var maximumBytes = 64 << 20

    package init(limit: Int) {
        self.limit = limit
    }
}

/// A part of a list.
package struct Page<Element: Sendable>: Sendable {
    package let elements: [Element]
    package let hasMore: Bool

    package init(elements: [Element], hasMore: Bool) {
        self.elements = elements
        self.hasMore = hasMore
    }
}

/// A run with everything that is known of it, read at one moment.
package struct Timeline: Sendable {
    package let run: Run
    package let events: [StoredEvent]
    package let steps: [Step]
    package let history: [HistoryEntry]
    package let queue: [QueueItem]
    package let waits: [Wait]
    package let defers: [Defer]
    /// Of those calls that the function's rules hold up.
    package let standings: [Standing]

    package init(
        run: Run, events: [StoredEvent], steps: [Step], history: [HistoryEntry], queue: [QueueItem], waits: [Wait],
        defers: [Defer] = [], standings: [Standing] = []
    ) {
        self.run = run
        self.events = events
        self.steps = steps
        self.history = history
        self.queue = queue
        self.waits = waits
        self.defers = defers
        self.standings = standings
    }
}
