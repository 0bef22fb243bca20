import Crypto
import JSON
import Wire

/// What the engine asks of storage: sets of rows, inside one transaction.
///
/// A store is used by one thread at a time. All loads see all earlier writes of the same transaction.
///
/// Where several processes share a store, a run is locked from when it is loaded until the transaction ends. What
/// belongs to it (queue items, steps, waits) is to be looked at after that, also where a search has found it before.
package protocol Store: AnyObject {
    /// Runs `body` in a transaction. When this returns, its writes are on disk and synced; when it throws,
    /// none of them happened.
    ///
    /// - Throws: ``StoreConflict`` where another process was in the way.
    func transaction<Result>(_ body: () throws -> Result) throws -> Result

    /// Loads what is named in one go, first thing in a transaction and whenever it is known what comes. Nil in a
    /// store in which asking for one row after the other costs as little.
    func load(_ footprint: Footprint) throws -> LoadedRows?

    /// Changes whenever apps or functions do, so that a process sees that another one has changed them.
    func catalogVersion() throws -> Int64
    func apps() throws -> [AppRecord]
    func functions() throws -> [FunctionRecord]

    func runs(_ ids: [ULID]) throws -> [Run]
    func events(_ ids: [ULID]) throws -> [Event]
    /// Finished steps in the order of the stack.
    func steps(of run: ULID) throws -> [Step]
    /// The ids of these, without what the steps have returned.
    func stack(of run: ULID) throws -> [StepID]
    func finishedSteps(among keys: [StepKey]) throws -> Set<StepKey>

    func queueItems(_ keys: [QueueItem.Key]) throws -> [QueueItem]
    /// Items that are due: timers, or calls and fetches, of runs that are there, that are ready and not leased. The
    /// first by rank, then scope and item.
    func dueItems(_ kind: QueueItem.Kind, at now: Timestamp, limit: Int) throws -> [QueueItem]
    /// The rank of the first of these, now or later.
    func earliestDue(_ kind: QueueItem.Kind) throws -> Timestamp?
    /// Items that are leased and that nobody will answer for, some of them: leased by a process that is gone, or by
    /// this one under other leases than those that it holds.
    ///
    /// - Parameters:
    ///   - held: the leases that this process holds.
    ///   - ofOthers: whether it looks for those of processes that are gone, too, and not for its own alone.
    func lostItems(held: Set<ULID>, ofOthers: Bool) throws -> [QueueItem]
    func cronItems(of function: NameUUID) throws -> [QueueItem]
    /// Everything that is queued for a run.
    func queueItems(of run: ULID) throws -> [QueueItem]
    /// The calls of a function that are open.
    func leasedItems(of function: NameUUID) throws -> [QueueItem]

    /// The rows of these gates, locked until the end of the transaction against others that would change them. Those
    /// that have none are left out.
    func gates(_ ids: [GateID]) throws -> [Gate]
    /// Lanes as they are, not locked: who changes one has locked all gates that its calls need, or its door.
    func lanes(_ ids: [LaneID]) throws -> [Lane]
    /// The first of the lanes that wait on each of these, so many for each function: by turn, head and id. Costs as much
    /// as there are functions, not lanes.
    func firstLanes(waitingOn: [String], limit: Int) throws -> [Lane]
    /// A lane of a function that is for another version of its rules: of those of one version the one with the lowest
    /// head.
    func staleLane(of function: NameUUID, version: Int) throws -> Lane?
    /// The first calls in each of some lanes, so many of each: by rank, scope and item.
    func parkedItems(in lanes: [LaneID], limit: Int) throws -> [QueueItem]

    func waits(_ keys: [StepKey]) throws -> [Wait]
    /// The paths under which waits for an event of this name are indexed.
    func waitPaths(eventName: String) throws -> [String]
    func waits(eventName: String, index keys: [Wait.IndexKey]) throws -> [Wait]

    /// The wait that a signal ends.
    func wait(signal: String) throws -> Wait?

    func stepRequests(_ keys: [StepKey]) throws -> [StepRequest]
    /// Arguments that steps of a rerun are given instead of those in the code.
    func stepInputs(of run: ULID) throws -> [StepInput]
    /// What a run wants started at its end, in the order in which it asked.
    func defers(of run: ULID) throws -> [Defer]

    /// Those of the keys that were used and have not expired.
    func usedIdempotencyKeys(_ keys: [IdempotencyKey], at now: Timestamp) throws -> Set<IdempotencyKey>

    /// What rules remember. With several writers, the keys are locked in their order, also those without a row.
    func ruleStates(_ keys: [RuleKey]) throws -> [RuleState]
    /// Some of what a rule of a function remembers, by the hash of the key: those after one.
    func ruleStates(of function: NameUUID, rule: RuleKey.Rule, after hash: String, limit: Int) throws -> [RuleState]

    func jobs(_ ids: [ULID]) throws -> [BulkJob]
    /// Runs in the order of their ids.
    func scanRuns(_ scan: RunScan) throws -> [ULID]

    /// Deletes some of what nobody needs any more. Returns whether there is more of it.
    func clean(_ cleaning: Cleaning) throws -> Bool

    func write(_ changes: Changes) throws

    /// A value that outlives the process, such as where the clock stands.
    func setting(_ name: String) throws -> String?
    func set(_ name: String, to value: String) throws
}

extension Store {
    package func load(_ footprint: Footprint) throws -> LoadedRows? { nil }

    package func catalogVersion() throws -> Int64 { 0 }
}

/// What keeps the same event from starting the same function twice. Values are the same when their bytes are.
package struct IdempotencyKey: Hashable, Sendable {
    package let function: NameUUID
    package let value: String

    package static func == (left: Self, right: Self) -> Bool {
        left.function == right.function && left.value.utf8.elementsEqual(right.value.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(function)
        for byte in value.utf8 { hasher.combine(byte) }
    }

    /// Bytes of a value that is kept as it is; of a longer one the SHA-256 is, for it is the key of an index.
    private static let longestValue = 256

    package init(function: NameUUID, value: String) {
        self.function = function
        self.value =
            value.utf8.count <= Self.longestValue
            ? value : "sha256:" + Hex.encode(SHA256.hash(data: Array(value.utf8)))
    }
}

/// Rows to write, in sets. Later sets may build on earlier ones; within a set no row stands twice.
package struct Changes {
    package var apps: [AppRecord] = []
    /// Their functions stay, archived, for the runs that there were.
    package var removedApps: [NameUUID] = []
    package var functions: [FunctionRecord] = []
    package var events: [StoredEvent] = []
    package var newRuns: [Run] = []
    package var changedRuns: [Run] = []
    package var steps: [Step] = []
    package var queueItems: [QueueItem] = []
    package var removedQueueItems: [QueueItem.Key] = []
    package var waits: [Wait] = []
    package var removedWaits: [StepKey] = []
    package var stepRequests: [StepRequest] = []
    package var removedStepRequests: [StepKey] = []
    package var stepInputs: [StepInput] = []
    package var defers: [Defer] = []
    /// Runs that ended: their queue items, waits and step requests go.
    package var endedRuns: [ULID] = []
    package var history: [HistoryEntry] = []
    /// Why runs failed; of a new run that repeats one of them, the store keeps which.
    package var failures: [Failure] = []
    package var idempotencyKeys: [(key: IdempotencyKey, expiresAt: Timestamp)] = []
    package var gates: [Gate] = []
    package var removedGates: [GateID] = []
    package var lanes: [Lane] = []
    package var removedLanes: [LaneID] = []
    package var ruleStates: [RuleState] = []
    package var removedRuleStates: [RuleKey] = []
    package var jobs: [BulkJob] = []
    package var jobRuns: [BulkJobRun] = []

    package init() {}
}

/// An event with what only the store keeps.
package struct StoredEvent: Sendable {
    package let event: Event
    package let receivedAt: Timestamp
    /// Functions that it matched and did not start at once, and why.
    package var decisions: [Decision]

    package init(event: Event, receivedAt: Timestamp, decisions: [Decision] = []) {
        self.event = event
        self.receivedAt = receivedAt
        self.decisions = decisions
    }
}
