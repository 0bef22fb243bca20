import JSON
import Wire

/// The rows that a batch of commands has read and will write: an identity map over the store.
///
/// Commands read and change rows here; ``flush()`` hands the changes to the store in sets. Reads by key see the
/// changes; reads by anything else are made after a flush, by the store.
package final class Transaction {
    /// Read anew while the transaction begins; from then on it stands.
    package internal(set) var now: Timestamp
    package var ids: ULIDSource
    package var catalog: Catalog
    private(set) var tally = Tally()
    private(set) var touched = Touched()
    /// The call whose answer is being applied: it is open no more.
    var answered: QueueItem.Key?

    private var newRuns: Set<ULID> = []
    private var changedRuns: Set<ULID> = []

    // What follows is for the extensions of this class in its folder alone.

    let store: any Store
    /// Whether rows that are named in advance are cheaper than rows that are asked for one by one.
    var loadsAhead = false
    var runs: [ULID: Run] = [:]
    var queue = KnownRows<QueueItem.Key, QueueItem>(goingWith: { $0.run })
    /// Runs of which all that is queued is known, with the keys of it.
    var wholeQueues: [ULID: Set<QueueItem.Key>] = [:]
    /// Where in the order of changes each queue item was put first: what came first is called first.
    var touchedQueue: [QueueItem.Key: Int] = [:]
    var gates: [GateID: Gate] = [:]
    var changedGates: Set<GateID> = []
    var lanes = KnownRows<LaneID, Lane>()
    /// The first of the lanes that wait at a place, by their functions.
    var waiting: [String: [NameUUID: BacklogHead<Lane>]] = [:]
    /// The first of the calls that are parked in a lane.
    var parked: [LaneID: BacklogHead<QueueItem>] = [:]
    var admissions = 0
    var waits = KnownRows<StepKey, Wait>(goingWith: { $0.run })
    /// By the bytes of the event's name. Paths that no wait is stored under any more do no harm.
    var waitPaths: [[UInt8]: [WaitPath]] = [:]
    /// Waits for events by what they are stored under, as far as they were asked for in advance.
    var waitsByKey: [String: [Wait.IndexKey: [Wait]]] = [:]
    var finished: [StepKey: Bool] = [:]
    var defers: [ULID: [Defer]] = [:]
    /// The finished steps of runs, as far as they were loaded in advance.
    var stacks: [ULID: [Step]] = [:]
    /// Those that are not written yet.
    var unwrittenSteps: [ULID: [Step]] = [:]
    var events: [ULID: Event] = [:]
    var usedKeys: Set<IdempotencyKey> = []
    /// Keys that were free when they were looked at in advance.
    var freeKeys: Set<IdempotencyKey> = []
    var ruleStates = KnownRows<RuleKey, RuleState>()
    var jobs = KnownRows<ULID, BulkJob>()
    var appended = Changes()
    /// Events that are taken in next, with the functions to start instead of those that their names trigger.
    var consequences: [(event: Event, started: [FunctionRecord]?)] = []
    var takesConsequences = false

    init(store: any Store, catalog: Catalog, ids: ULIDSource, now: Timestamp) {
        self.store = store
        self.catalog = catalog
        self.ids = ids
        self.now = now
    }

    package func newID() -> ULID { ids.next(at: now) }

    // MARK: Runs

    package func run(_ id: ULID) throws -> Run? {
        if let run = runs[id] { return run }
        let run = try store.runs([id]).first
        runs[id] = run
        return run
    }

    package func insert(_ run: Run) {
        runs[run.id] = run
        newRuns.insert(run.id)
    }

    package func update(_ run: Run) {
        runs[run.id] = run
        if !newRuns.contains(run.id) { changedRuns.insert(run.id) }
    }

    /// Writes down what happens to a run; the entry's number comes from the run.
    package func record(
        _ kind: HistoryEntry.Kind, _ run: inout Run, step: StepID? = nil, attempt: Int? = nil, detail: JSON = [:]
    ) {
        appended.history.append(
            HistoryEntry(
                run: run.id, number: run.historyCount, at: now, kind: kind, step: step, attempt: attempt,
                detail: detail))
        run.historyCount += 1
        tally.note(kind, run.functionID)
    }

    /// Takes away everything that would wake a run that has ended, and lets go of what it held.
    package func clearWork(of run: inout Run) throws {
        let id = run.id
        // One that returns, with nothing beside it, leaves nothing behind.
        let isAlone = answered == .run(id) && run.pending == 0 && run.flow == nil
        let items = isAlone ? [] : try queueItems(of: id)
        queue.forget(of: id)
        waits.forget(of: id)
        appended.endedRuns.append(id)
        try leave(&run, items)
    }

    package func append(_ failure: Failure) {
        appended.failures.append(failure)
    }

    // MARK: Apps

    package func put(_ app: AppRecord) {
        catalog.put(app)
        appended.apps.removeAll { $0.id == app.id }
        appended.apps.append(app)
    }

    package func removeApp(_ id: NameUUID) {
        catalog.removeApp(id)
        appended.apps.removeAll { $0.id == id }
        appended.removedApps.append(id)
    }

    package func put(_ function: FunctionRecord) {
        catalog.put(function)
        appended.functions.removeAll { $0.id == function.id }
        appended.functions.append(function)
    }

    // MARK: Writing

    /// Hands all changes so far to the store.
    func flush() throws {
        var changes = appended
        appended = Changes()
        for (run, steps) in unwrittenSteps { stacks[run]? += steps }
        unwrittenSteps.removeAll(keepingCapacity: true)
        changes.newRuns = newRuns.compactMap { runs[$0] }.sorted { $0.id < $1.id }
        changes.changedRuns = changedRuns.compactMap { runs[$0] }.sorted { $0.id < $1.id }
        newRuns.removeAll(keepingCapacity: true)
        changedRuns.removeAll(keepingCapacity: true)
        (changes.queueItems, changes.removedQueueItems) = queue.takeChanges()
        (changes.waits, changes.removedWaits) = waits.takeChanges()
        (changes.gates, changes.removedGates) = takeGateChanges()
        (changes.lanes, changes.removedLanes) = lanes.takeChanges()
        (changes.ruleStates, changes.removedRuleStates) = ruleStates.takeChanges()
        changes.jobs = jobs.takeChanges().put.sorted { $0.id < $1.id }
        touched.note(changes)
        try store.write(changes)
    }
}
