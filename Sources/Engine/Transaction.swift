import JSON
import Wire

/// The rows that a batch of commands has read and will write: an identity map over the store.
///
/// Commands read and change rows here; ``flush()`` hands the changes to the store in sets. Reads by key see the
/// changes; reads by anything else are made after a flush, by the store.
package final class Transaction {
    package let now: Timestamp
    package var ids: ULIDSource
    package var catalog: Catalog
    private let store: any Store

    private var runs: [ULID: Run] = [:]
    private var newRuns: Set<ULID> = []
    private var changedRuns: Set<ULID> = []
    private var queue: [QueueItem.Key: QueueItem?] = [:]
    private var changedQueue: Set<QueueItem.Key> = []
    private var waits: [StepKey: Wait?] = [:]
    private var changedWaits: Set<StepKey> = []
    /// By the bytes of the event's name. Paths that no wait is stored under any more do no harm.
    private var waitPaths: [[UInt8]: [WaitPath]] = [:]
    /// Waits for events by what they are stored under, as far as they were asked for in advance.
    private var waitsByKey: [String: [Wait.IndexKey: [Wait]]] = [:]
    private var finished: [StepKey: Bool] = [:]
    private var defers: [ULID: [Defer]] = [:]
    /// The finished steps of runs, as far as they were loaded in advance.
    private var stacks: [ULID: [Step]] = [:]
    /// Those that are not written yet.
    private var unwrittenSteps: [ULID: [Step]] = [:]
    private var events: [ULID: Event] = [:]
    private var usedKeys: Set<IdempotencyKey> = []
    private var gates: [GateID: Gate] = [:]
    private var changedGates: Set<GateID> = []
    private var lanes: [LaneID: Lane?] = [:]
    private var changedLanes: Set<LaneID> = []
    private var admissions = 0
    /// The call whose answer is being applied: it is open no more.
    var answered: QueueItem.Key?
    private var ruleStates: [RuleKey: RuleState?] = [:]
    private var changedRuleStates: Set<RuleKey> = []
    private var jobs: [ULID: BulkJob] = [:]
    private var changedJobs: Set<ULID> = []
    private var appended = Changes()
    private(set) var tally = Tally()
    private(set) var touched = Touched()

    /// Where in the order of changes each queue item was put first: what came first is called first.
    private var touchedQueue: [QueueItem.Key: Int] = [:]

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
        let items = run.flow == nil ? [] : try queueItems(of: id)
        for (key, item) in queue where key.run == id && item != nil {
            queue[key] = .some(nil)
            changedQueue.remove(key)
        }
        for (key, wait) in waits where key.run == id && wait != nil {
            waits[key] = .some(nil)
            changedWaits.remove(key)
        }
        appended.endedRuns.append(id)
        if run.flow != nil { try leave(&run, items) }
    }

    package func append(_ failure: Failure) {
        appended.failures.append(failure)
    }

    // MARK: Loading in advance

    /// Begins with what commands say that they need, and with the catalog as it is now.
    func begin(_ commands: [any Command], contested: Set<ULID>) throws {
        var footprint = Footprint(runs: contested)
        for command in commands { command.name(in: &footprint) }
        try load(footprint)
        let version = try store.catalogVersion()
        guard version != catalog.version else { return }
        catalog = try Catalog(store)
    }

    /// Loads rows in one go, where that is cheaper than one after the other.
    package func load(_ footprint: Footprint) throws {
        guard let rows = try store.load(footprint) else { return }
        for run in rows.runs where runs[run.id] == nil { runs[run.id] = run }
        for event in rows.events { events[event.internalID] = event }
        let items = Dictionary(rows.queueItems.map { ($0.key, $0) }) { first, _ in first }
        for key in footprint.queueItems where queue[key] == nil { queue[key] = .some(items[key]) }
        let waits = Dictionary(rows.waits.map { ($0.key, $0) }) { first, _ in first }
        for key in footprint.waits where self.waits[key] == nil { self.waits[key] = .some(waits[key]) }
        for key in footprint.steps where finished[key] == nil { finished[key] = rows.finishedSteps.contains(key) }
        for run in footprint.stacks { stacks[run] = rows.stacks[run] ?? [] }
        for name in footprint.waitPaths { waitPaths[Array(name.utf8)] = [] }
        for (name, path) in rows.waitPaths { waitPaths[Array(name.utf8), default: []].append(WaitPath(path)) }
        for name in footprint.waitKeys.keys { waitsByKey[name] = [:] }
        for (name, key, wait) in rows.waitsByKey { waitsByKey[name, default: [:]][key, default: []].append(wait) }
    }

    // MARK: Events

    /// Makes an event known here. It is stored when what came of it is decided.
    package func insert(_ event: Event) {
        events[event.internalID] = event
    }

    package func store(_ event: Event, _ decisions: [Decision]) {
        appended.events.append(StoredEvent(event: event, receivedAt: now, decisions: decisions))
    }

    package func events(_ ids: [ULID]) throws -> [Event] {
        let missing = ids.filter { events[$0] == nil }
        if !missing.isEmpty {
            for event in try store.events(missing) { events[event.internalID] = event }
        }
        return ids.compactMap { events[$0] }
    }

    /// Takes a key. Returns false where it is taken.
    package func take(_ key: IdempotencyKey, for period: Duration) throws -> Bool {
        guard !usedKeys.contains(key), try store.usedIdempotencyKeys([key], at: now).isEmpty else { return false }
        usedKeys.insert(key)
        appended.idempotencyKeys.append((key, now + period))
        return true
    }

    // MARK: Rules

    /// What a rule remembers for a value of its key.
    package func ruleState(_ key: RuleKey) throws -> RuleState? {
        if let known = ruleStates[key] { return known }
        let state = try store.ruleStates([key]).first
        ruleStates[key] = .some(state)
        return state
    }

    package func put(_ state: RuleState) {
        ruleStates[state.key] = state
        changedRuleStates.insert(state.key)
    }

    package func removeRuleState(_ key: RuleKey) {
        ruleStates[key] = .some(nil)
        changedRuleStates.insert(key)
    }

    func ruleStates(of function: NameUUID, rule: RuleKey.Rule, after hash: String, limit: Int) throws -> [RuleState] {
        try flush()
        return try store.ruleStates(of: function, rule: rule, after: hash, limit: limit)
    }

    // MARK: Jobs

    package func job(_ id: ULID) throws -> BulkJob? {
        if let known = jobs[id] { return known }
        return try store.jobs([id]).first
    }

    package func put(_ job: BulkJob) {
        jobs[job.id] = job
        changedJobs.insert(job.id)
    }

    package func insert(_ run: BulkJobRun) {
        appended.jobRuns.append(run)
    }

    func scanRuns(_ scan: RunScan) throws -> [ULID] {
        try flush()
        return try store.scanRuns(scan)
    }

    // MARK: Steps

    package func append(_ step: Step) {
        finished[StepKey(run: step.run, step: step.id)] = true
        appended.steps.append(step)
        unwrittenSteps[step.run, default: []].append(step)
    }

    package func isFinished(_ key: StepKey) throws -> Bool {
        if let known = finished[key] { return known }
        let known = try !store.finishedSteps(among: [key]).isEmpty
        finished[key] = known
        return known
    }

    /// Loads at once which of a run's steps are finished.
    func loadFinished(_ steps: [StepID], of run: ULID) throws {
        let keys = steps.map { StepKey(run: run, step: $0) }.filter { finished[$0] == nil }
        guard keys.count > 1 else { return }
        let known = try store.finishedSteps(among: keys)
        for key in keys { finished[key] = known.contains(key) }
    }

    package func steps(of run: ULID) throws -> [Step] {
        try (stacks[run] ?? store.steps(of: run)) + (unwrittenSteps[run] ?? [])
    }

    // MARK: Queue

    package func queueItem(_ key: QueueItem.Key) throws -> QueueItem? {
        if let known = queue[key] { return known }
        let item = try store.queueItems([key]).first
        queue[key] = .some(item)
        return item
    }

    /// Puts an item in the queue, or changes it.
    package func put(_ item: QueueItem) {
        queue[item.key] = item
        changedQueue.insert(item.key)
        if touchedQueue[item.key] == nil { touchedQueue[item.key] = touchedQueue.count }
    }

    package func removeQueueItem(_ key: QueueItem.Key) {
        queue[key] = .some(nil)
        changedQueue.insert(key)
    }

    package func cronItems(of function: NameUUID) throws -> [QueueItem] {
        try flush()
        return try store.cronItems(of: function)
    }

    /// Items that are due, as the store has them after all changes so far.
    func dueItems(_ kind: QueueItem.Kind, limit: Int) throws -> [QueueItem] {
        try flush()
        let items = try store.dueItems(kind, at: now, limit: limit)
        for item in items { queue[item.key] = item }
        return items
    }

    func lostItems(held: Set<ULID>) throws -> [QueueItem] {
        try flush()
        return try store.lostItems(held: held)
    }

    func leasedItems(of function: NameUUID) throws -> [QueueItem] {
        try flush()
        return note(try store.leasedItems(of: function))
    }

    func queueItems(of run: ULID) throws -> [QueueItem] {
        try flush()
        return note(try store.queueItems(of: run))
    }

    private func note(_ items: [QueueItem]) -> [QueueItem] {
        for item in items { queue[item.key] = item }
        return items
    }

    // MARK: Gates and lanes

    /// Loads gates, so that ``gate(_:)`` has them.
    ///
    /// - Parameter names: the keys of the run that they are for; nil where they exist.
    func know(_ ids: [GateID], names flow: RunFlow?) throws {
        let unknown = ids.filter { gates[$0] == nil }
        guard !unknown.isEmpty else { return }
        for gate in try store.gates(unknown.sorted()) { gates[gate.id] = gate }
        for id in unknown where gates[id] == nil {
            gates[id] = Gate(id: id, name: flow?.keys.first { $0.gate == id }?.name ?? "")
        }
    }

    func gate(_ id: GateID) throws -> Gate {
        try know([id], names: nil)
        return gates[id] ?? Gate(id: id, name: "")
    }

    func put(_ gate: Gate) {
        guard gates[gate.id] != gate else { return }
        gates[gate.id] = gate
        changedGates.insert(gate.id)
    }

    func lane(_ id: LaneID) throws -> Lane? {
        if let known = lanes[id] { return known }
        let lane = try store.lanes([id]).first
        lanes[id] = .some(lane)
        return lane
    }

    func put(_ lane: Lane) {
        guard lanes[lane.id] != .some(lane) else { return }
        lanes[lane.id] = lane
        changedLanes.insert(lane.id)
    }

    func removeLane(_ id: LaneID) {
        lanes[id] = .some(nil)
        changedLanes.insert(id)
    }

    func firstLanes(waitingOn: [String]) throws -> [Lane] {
        try flush()
        return note(try store.firstLanes(waitingOn: waitingOn))
    }

    func staleLane(of function: NameUUID, version: Int) throws -> Lane? {
        try flush()
        return try store.staleLane(of: function, version: version).map { note([$0])[0] }
    }

    private func note(_ found: [Lane]) -> [Lane] {
        for lane in found { lanes[lane.id] = lane }
        return found
    }

    func parkedItems(in lane: LaneID, limit: Int) throws -> [QueueItem] {
        try flush()
        return note(try store.parkedItems(in: lane, limit: limit))
    }

    /// Whether this transaction may let one more call through a gate. Counts it.
    func mayAdmit() -> Bool {
        admissions += 1
        return admissions <= Limits.admissionsPerTransaction
    }

    // MARK: Waits

    package func wait(_ key: StepKey) throws -> Wait? {
        if let known = waits[key] { return known }
        let wait = try store.waits([key]).first
        waits[key] = .some(wait)
        return wait
    }

    package func insert(_ wait: Wait) {
        waits[wait.key] = wait
        changedWaits.insert(wait.key)
        switch wait.target {
        case .event(let name, _, _), .cancellation(let name, _, _):
            waitPaths[Array(name.utf8)] = nil
            waitsByKey[name] = nil
        case .invocation, .signal: break
        }
    }

    package func removeWait(_ key: StepKey) {
        waits[key] = .some(nil)
        changedWaits.insert(key)
    }

    /// Waits that an event may end: those for its name whose index keys it carries.
    package func candidates(for event: Event) throws -> [Wait] {
        if !changedWaits.isEmpty { try flush() }
        let name = Array(event.name.utf8)
        let paths = try waitPaths[name] ?? store.waitPaths(eventName: event.name).map(WaitPath.init)
        waitPaths[name] = paths
        guard !paths.isEmpty else { return [] }
        let keys = paths.compactMap { $0.key(of: event.json) }
        if let known = waitsByKey[event.name] {
            var found: Set<StepKey> = []
            return keys.flatMap { known[$0] ?? [] }.filter { found.insert($0.key).inserted }
        }
        return try store.waits(eventName: event.name, index: keys)
    }

    /// The wait that a signal ends.
    package func wait(signal: String) throws -> Wait? {
        if !changedWaits.isEmpty { try flush() }
        guard let found = try store.wait(signal: signal), let owner = try run(found.key.run), !owner.hasEnded,
            let wait = try wait(found.key), wait.target == .signal(name: signal, isReplaced: false)
        else { return nil }
        return wait
    }

    // MARK: Requests, inputs, defers

    package func insert(_ request: StepRequest) { appended.stepRequests.append(request) }

    package func removeStepRequest(_ key: StepKey) { appended.removedStepRequests.append(key) }

    func stepRequests(_ keys: [StepKey]) throws -> [StepRequest] {
        try flush()
        return try store.stepRequests(keys)
    }

    package func insert(_ input: StepInput) { appended.stepInputs.append(input) }

    func stepInputs(of run: ULID) throws -> [StepInput] {
        if !appended.stepInputs.isEmpty { try flush() }
        return try store.stepInputs(of: run)
    }

    package func defers(of run: Run) throws -> [Defer] {
        guard run.deferCount > 0 else { return [] }
        if let known = defers[run.id] { return known }
        let known = try store.defers(of: run.id)
        defers[run.id] = known
        return known
    }

    /// Adds one, or changes its status.
    package func put(_ deferred: Defer, of run: Run) throws {
        var known = try defers(of: run)
        known.removeAll { $0.id == deferred.id }
        known.append(deferred)
        defers[run.id] = known.sorted { $0.number < $1.number }
        appended.defers.removeAll { $0.run == run.id && $0.id == deferred.id }
        appended.defers.append(deferred)
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
        for key in changedQueue {
            if case .some(.some(let item)) = queue[key] {
                changes.queueItems.append(item)
            } else {
                changes.removedQueueItems.append(key)
            }
        }
        changedQueue.removeAll(keepingCapacity: true)
        for key in changedWaits {
            if case .some(.some(let wait)) = waits[key] {
                changes.waits.append(wait)
            } else {
                changes.removedWaits.append(key)
            }
        }
        changedWaits.removeAll(keepingCapacity: true)
        collectGates(&changes)
        for key in changedRuleStates {
            if case .some(.some(let state)) = ruleStates[key] {
                changes.ruleStates.append(state)
            } else {
                changes.removedRuleStates.append(key)
            }
        }
        changedRuleStates.removeAll(keepingCapacity: true)
        changes.jobs = changedJobs.compactMap { jobs[$0] }.sorted { $0.id < $1.id }
        changedJobs.removeAll(keepingCapacity: true)
        touched.note(changes)
        try store.write(changes)
    }

    private func collectGates(_ changes: inout Changes) {
        for id in changedGates {
            guard let gate = gates[id] else { continue }
            if gate.isIdle(at: now) {
                changes.removedGates.append(id)
            } else {
                changes.gates.append(gate)
            }
        }
        changedGates.removeAll(keepingCapacity: true)
        for id in changedLanes {
            if case .some(.some(let lane)) = lanes[id] {
                changes.lanes.append(lane)
            } else {
                changes.removedLanes.append(id)
            }
        }
        changedLanes.removeAll(keepingCapacity: true)
    }

    // MARK: What comes next

    /// Items that this transaction has put in the queue.
    private var queued: [QueueItem] {
        touchedQueue.sorted { $0.value < $1.value }.compactMap { queue[$0.key] ?? nil }
    }

    /// Calls of ``queued`` that are due, the earliest first.
    func freshCalls() -> [QueueItem] {
        queued.filter { $0.isReadyCall && $0.rank <= now }.enumerated()
            .sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element)
    }

    /// The rank of the first of ``queued`` that nobody has leased.
    func earliestQueued(_ kind: QueueItem.Kind) -> Timestamp? {
        queued.filter { $0.lease == nil && $0.kind == kind }.map(\.rank).min()
    }
}
