import Stores
import Wire

@testable import Engine

/// A store that fails when the test says so, and counts what is read of states.
final class FailingStore: Store {
    struct Failure: Error {}

    private let store: SQLiteStore
    private(set) var stateRead = 0
    /// How many of these still succeed; nil for all.
    var writesLeft: Int?
    var commitsLeft: Int?
    /// Writes that hold an event of this name fail, as a row would that the store can't take.
    var poison: String?

    init(_ store: SQLiteStore) {
        self.store = store
    }

    func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try store.transaction {
            let result = try body()
            try use(&commitsLeft)
            return result
        }
    }

    func write(_ changes: Changes) throws {
        try use(&writesLeft)
        if changes.events.contains(where: { $0.event.name == poison }) { throw Failure() }
        try store.write(changes)
    }

    private func use(_ left: inout Int?) throws {
        guard let count = left else { return }
        guard count > 0 else { throw Failure() }
        left = count - 1
    }

    func apps() throws -> [AppRecord] { try store.apps() }
    func functions() throws -> [FunctionRecord] { try store.functions() }
    func runs(_ ids: [ULID]) throws -> [Run] { try store.runs(ids) }
    func events(_ ids: [ULID]) throws -> [Event] { try store.events(ids) }
    func steps(of run: ULID) throws -> [Step] {
        let steps = try store.steps(of: run)
        stateRead += steps.reduce(0) { $0 + $1.value.bytes.count }
        return steps
    }
    func stack(of run: ULID) throws -> [StepID] { try store.stack(of: run) }
    func finishedSteps(among keys: [StepKey]) throws -> Set<StepKey> { try store.finishedSteps(among: keys) }
    func queueItems(_ keys: [QueueItem.Key]) throws -> [QueueItem] { try store.queueItems(keys) }
    func dueItems(_ kind: QueueItem.Kind, at now: Timestamp, limit: Int) throws -> [QueueItem] {
        try store.dueItems(kind, at: now, limit: limit)
    }
    func earliestDue(_ kind: QueueItem.Kind) throws -> Timestamp? { try store.earliestDue(kind) }
    func wait(signal: String) throws -> Wait? { try store.wait(signal: signal) }
    func stepRequests(_ keys: [StepKey]) throws -> [StepRequest] { try store.stepRequests(keys) }
    func stepInputs(of run: ULID) throws -> [StepInput] { try store.stepInputs(of: run) }
    func defers(of run: ULID) throws -> [Defer] { try store.defers(of: run) }
    func lostItems(held: Set<ULID>, ofOthers: Bool) throws -> [QueueItem] {
        try store.lostItems(held: held, ofOthers: ofOthers)
    }
    func setting(_ name: String) throws -> String? { try store.setting(name) }
    func set(_ name: String, to value: String) throws { try store.set(name, to: value) }
    func cronItems(of function: NameUUID) throws -> [QueueItem] { try store.cronItems(of: function) }
    func queueItems(of run: ULID) throws -> [QueueItem] { try store.queueItems(of: run) }
    func leasedItems(of function: NameUUID) throws -> [QueueItem] { try store.leasedItems(of: function) }
    func gates(_ ids: [GateID]) throws -> [Gate] { try store.gates(ids) }
    func lanes(_ ids: [LaneID]) throws -> [Lane] { try store.lanes(ids) }
    func firstLanes(waitingOn: [String], limit: Int) throws -> [Lane] {
        try store.firstLanes(waitingOn: waitingOn, limit: limit)
    }
    func staleLane(of function: NameUUID, version: Int) throws -> Lane? {
        try store.staleLane(of: function, version: version)
    }
    func parkedItems(in lanes: [LaneID], limit: Int) throws -> [QueueItem] {
        try store.parkedItems(in: lanes, limit: limit)
    }
    func waits(_ keys: [StepKey]) throws -> [Wait] { try store.waits(keys) }
    func waitPaths(eventName: String) throws -> [String] { try store.waitPaths(eventName: eventName) }
    func waits(eventName: String, index keys: [Wait.IndexKey]) throws -> [Wait] {
        try store.waits(eventName: eventName, index: keys)
    }
    func ruleStates(_ keys: [RuleKey]) throws -> [RuleState] { try store.ruleStates(keys) }
    func ruleStates(of function: NameUUID, rule: RuleKey.Rule, after hash: String, limit: Int) throws -> [RuleState] {
        try store.ruleStates(of: function, rule: rule, after: hash, limit: limit)
    }
    func clean(_ cleaning: Cleaning) throws -> Bool { try store.clean(cleaning) }
    func jobs(_ ids: [ULID]) throws -> [BulkJob] { try store.jobs(ids) }
    func scanRuns(_ scan: RunScan) throws -> [ULID] { try store.scanRuns(scan) }
    func usedIdempotencyKeys(_ keys: [IdempotencyKey], at now: Timestamp) throws -> Set<IdempotencyKey> {
        try store.usedIdempotencyKeys(keys, at: now)
    }
}
