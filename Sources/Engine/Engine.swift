import Wire

/// Decides. Carries out commands on a store, batch by batch, and says which calls are to be made.
///
/// Deterministic: the same commands at the same times with the same source of ids on the same rows write the same
/// rows and lease the same calls. No clock, no I/O of its own, no tasks; used by one thread at a time.
package final class Engine {
    private let store: any Store
    private let settings: EngineSettings
    private var ids: ULIDSource
    private(set) package var catalog = Catalog()
    /// No call is due before the first, no timer before the second. Too early costs a query, too late a delay.
    private var nextCall: Timestamp?
    private var nextTimer: Timestamp?

    /// - Throws: what the store throws.
    package init(store: any Store, ids: ULIDSource = ULIDSource(), settings: EngineSettings = EngineSettings()) throws {
        self.store = store
        self.ids = ids
        self.settings = settings
        catalog = try Catalog(store)
        try forgetTimes()
    }

    /// What came of a batch.
    package struct Batch {
        /// One for each command, in order.
        package let outcomes: [Result<any Sendable, any Error>]
        /// Calls to make, now that they are leased and committed.
        package let calls: [Call]
        /// Why the store did not take it, if it did not.
        package var storeError: (any Error)?
    }

    /// Carries out commands in one transaction, fires the timers that are due, and leases calls.
    ///
    /// When this returns, all of it is on disk. A command that is refused changes nothing; where the store fails,
    /// nothing of the batch has happened and every command gets the error.
    ///
    /// - Parameter room: how many calls may be leased.
    package func execute(_ commands: [any Command], now: Timestamp, room: Int) -> Batch {
        do {
            return try repeatedly(commands, now: now, room: room)
        } catch {
            // One command that the store can't take must not fail its neighbours.
            if commands.count > 1 { return separately(commands, now: now, room: room) }
            return Batch(outcomes: commands.map { _ in .failure(error) }, calls: [], storeError: error)
        }
    }

    /// Carries out a batch again, on fresh rows, when another process was in its way.
    private func repeatedly(_ commands: [any Command], now: Timestamp, room: Int) throws -> Batch {
        var contested: Set<ULID> = []
        for _ in 1..<Limits.attemptsPerBatch {
            do {
                return try attempt(commands, now: now, room: room, contested: contested)
            } catch let conflict as StoreConflict {
                contested.formUnion(conflict.contested)
            }
        }
        return try attempt(commands, now: now, room: room, contested: contested)
    }

    /// Takes notice of work that another process has left in the store.
    package func notice(call: Timestamp?, timer: Timestamp?) {
        nextCall = [nextCall, call].compactMap { $0 }.min()
        nextTimer = [nextTimer, timer].compactMap { $0 }.min()
    }

    /// When there is something to do without a command: the next timer, or the next call if there is room for it.
    package func nextDue(hasRoom: Bool) -> Timestamp? {
        let times = hasRoom ? [nextCall, nextTimer] : [nextTimer]
        return times.compactMap { $0 }.min()
    }

    private func attempt(_ commands: [any Command], now: Timestamp, room: Int, contested: Set<ULID>) throws -> Batch {
        let transaction = Transaction(store: store, catalog: catalog, ids: ids, now: now)
        do {
            let batch = try store.transaction {
                try transaction.begin(commands, contested: contested)
                var outcomes: [Result<any Sendable, any Error>] = []
                for command in commands { outcomes.append(try outcome(of: command, in: transaction)) }
                try fireTimers(in: transaction)
                let calls = try leaseCalls(in: transaction, room: room)
                try transaction.flush()
                return Batch(outcomes: outcomes, calls: calls)
            }
            catalog = transaction.catalog
            catalog.version = try store.catalogVersion()
            ids = transaction.ids
            nextCall = [nextCall, transaction.earliestQueued(calls: true)].compactMap { $0 }.min()
            nextTimer = [nextTimer, transaction.earliestQueued(calls: false)].compactMap { $0 }.min()
            return batch
        } catch {
            ids = transaction.ids
            nextCall = now
            nextTimer = now
            throw error
        }
    }

    private func outcome(of command: any Command, in transaction: Transaction) throws -> Result<any Sendable, any Error>
    {
        do {
            return .success(try command.apply(to: transaction, settings: settings))
        } catch let refusal as Refusal {
            return .failure(refusal)
        }
    }

    private func separately(_ commands: [any Command], now: Timestamp, room: Int) -> Batch {
        var outcomes: [Result<any Sendable, any Error>] = []
        var calls: [Call] = []
        var storeError: (any Error)?
        for command in commands {
            let batch = execute([command], now: now, room: room - calls.count)
            outcomes += batch.outcomes
            calls += batch.calls
            storeError = batch.storeError ?? storeError
        }
        return Batch(outcomes: outcomes, calls: calls, storeError: storeError)
    }

    private func fireTimers(in transaction: Transaction) throws {
        guard let due = nextTimer, due <= transaction.now else { return }
        let timers = try transaction.dueItems(calls: false, limit: Limits.timersPerTransaction)
        for timer in timers { try transaction.fire(timer) }
        try transaction.flush()
        nextTimer = try store.earliestDue(calls: false)
    }

    private func leaseCalls(in transaction: Transaction, room: Int) throws -> [Call] {
        guard room > 0 else { return [] }
        guard let due = nextCall, due <= transaction.now else {
            // Nothing was waiting: what this batch has queued goes straight on.
            return try transaction.lease(transaction.freshCalls().prefix(room), settings: settings)
        }
        var calls: [Call] = []
        for _ in 0..<Limits.leaseRounds where calls.count < room {
            let items = try transaction.dueItems(calls: true, limit: room - calls.count)
            calls += try transaction.lease(items, settings: settings)
            // Where rules have changed, some of them are parked instead, and others can take their places.
            guard calls.count < room, !items.isEmpty else { break }
        }
        try transaction.flush()
        nextCall = try store.earliestDue(calls: true)
        return calls
    }

    private func forgetTimes() throws {
        nextCall = try store.earliestDue(calls: true)
        nextTimer = try store.earliestDue(calls: false)
    }
}
