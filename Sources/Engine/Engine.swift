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
    /// Nothing of a kind is due before its time here. Too early costs a query, too late a delay.
    private var next: [QueueItem.Kind: Timestamp] = [:]

    /// When it is time to look for what has expired. No timer: it changes nothing that anybody sees.
    package private(set) var nextCleaning: Timestamp?
    private var cleaningError: (any Error)?

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
        /// Requests to make for steps, the same way.
        package let fetches: [Fetch]
        /// What was done, counted.
        package var tally = Tally()
        package var touched = Touched()
        /// Why the store did not take it, if it did not.
        package var storeError: (any Error)?
        /// Why what has expired could not be deleted, if it was time to.
        package var cleaningError: (any Error)?
    }

    /// Carries out commands in one transaction, fires the timers that are due, and leases calls.
    ///
    /// When this returns, all of it is on disk. A command that is refused changes nothing; where the store fails,
    /// nothing of the batch has happened and every command gets the error.
    ///
    /// - Parameters:
    ///   - now: the clock. It is looked at when what the commands need is locked: who has waited for another process
    ///     comes after it in time, too.
    ///   - room: how many calls may be leased.
    ///   - fetchRoom: how many requests for steps may be leased.
    package func execute(
        _ commands: [any Command], now: @autoclosure () -> Timestamp, room: Int, fetchRoom: Int = Limits.openFetches
    ) -> Batch {
        cleaningError = nil
        do {
            var batch = try repeatedly(commands, clock: now, room: room, fetchRoom: fetchRoom)
            batch.cleaningError = cleaningError
            return batch
        } catch {
            // One command that the store can't take must not fail its neighbours. Where there is no store, or a commit
            // without an answer may have happened, nothing is done again.
            if commands.count > 1, !Self.isOutage(error) {
                return separately(commands, clock: now, room: room, fetchRoom: fetchRoom)
            }
            return Batch(outcomes: commands.map { _ in .failure(error) }, calls: [], fetches: [], storeError: error)
        }
    }

    private static func isOutage(_ error: (any Error)?) -> Bool { (error as? any StoreOutage)?.isOutage ?? false }

    /// Carries out a batch again, on fresh rows, when another process was in its way.
    private func repeatedly(
        _ commands: [any Command], clock: () -> Timestamp, room: Int, fetchRoom: Int
    ) throws -> Batch {
        var contested: Set<ULID> = []
        for _ in 1..<Limits.attemptsPerBatch {
            do {
                return try attempt(commands, clock: clock, room: room, fetchRoom: fetchRoom, contested: contested)
            } catch let conflict as StoreConflict {
                contested.formUnion(conflict.contested)
            }
        }
        return try attempt(commands, clock: clock, room: room, fetchRoom: fetchRoom, contested: contested)
    }

    /// Takes notice of work that another process has left in the store.
    package func notice(_ kind: QueueItem.Kind, at time: Timestamp) {
        next[kind] = min(next[kind] ?? time, time)
    }

    /// When there is something to do without a command: the next timer, or what there is room for.
    package func nextDue(hasRoom: Bool, hasFetchRoom: Bool = true) -> Timestamp? {
        [next[.timer], hasRoom ? next[.call] : nil, hasFetchRoom ? next[.fetch] : nil].compactMap { $0 }.min()
    }

    private func attempt(
        _ commands: [any Command], clock: () -> Timestamp, room: Int, fetchRoom: Int, contested: Set<ULID>
    ) throws -> Batch {
        let transaction = Transaction(store: store, catalog: catalog, ids: ids, now: clock())
        var cleaned = nextCleaning
        do {
            let batch = try store.transaction {
                try transaction.begin(commands, contested: contested, clock: clock)
                var outcomes: [Result<any Sendable, any Error>] = []
                for command in commands { outcomes.append(try outcome(of: command, in: transaction)) }
                try fireTimers(in: transaction)
                let calls = try leaseCalls(in: transaction, room: room)
                let fetches = try leaseFetches(in: transaction, room: fetchRoom)
                try transaction.flush()
                cleaned = try clean(at: transaction.now)
                return Batch(
                    outcomes: outcomes, calls: calls, fetches: fetches, tally: transaction.tally,
                    touched: transaction.touched)
            }
            catalog = transaction.catalog
            catalog.version = try store.catalogVersion()
            nextCleaning = cleaned
            ids = transaction.ids
            for kind in QueueItem.Kind.allCases {
                next[kind] = [next[kind], transaction.earliestQueued(kind)].compactMap { $0 }.min()
            }
            return batch
        } catch {
            ids = transaction.ids
            for kind in QueueItem.Kind.allCases { next[kind] = transaction.now }
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

    private func separately(_ commands: [any Command], clock: () -> Timestamp, room: Int, fetchRoom: Int) -> Batch {
        var outcomes: [Result<any Sendable, any Error>] = []
        var calls: [Call] = []
        var fetches: [Fetch] = []
        var tally = Tally()
        var touched = Touched()
        var storeError: (any Error)?
        var cleaningError: (any Error)?
        for command in commands {
            if let storeError, Self.isOutage(storeError) {
                outcomes.append(.failure(storeError))
                continue
            }
            let batch = execute(
                [command], now: clock(), room: room - calls.count, fetchRoom: fetchRoom - fetches.count)
            outcomes += batch.outcomes
            calls += batch.calls
            fetches += batch.fetches
            tally.add(batch.tally)
            touched.formUnion(batch.touched)
            storeError = batch.storeError ?? storeError
            cleaningError = batch.cleaningError ?? cleaningError
        }
        return Batch(
            outcomes: outcomes, calls: calls, fetches: fetches, tally: tally, touched: touched, storeError: storeError,
            cleaningError: cleaningError)
    }

    private func fireTimers(in transaction: Transaction) throws {
        guard let due = next[.timer], due <= transaction.now else { return }
        let timers = try transaction.dueItems(.timer, limit: Limits.timersPerTransaction)
        try transaction.load(timers: timers)
        for timer in timers { try transaction.fire(timer) }
        try transaction.flush()
        next[.timer] = try store.earliestDue(.timer)
    }

    private func leaseCalls(in transaction: Transaction, room: Int) throws -> [Call] {
        guard room > 0 else { return [] }
        guard let due = next[.call], due <= transaction.now else {
            // Nothing was waiting: what this batch has queued goes straight on.
            return try transaction.lease(transaction.freshCalls().prefix(room), settings: settings)
        }
        var calls: [Call] = []
        for _ in 0..<Limits.leaseRounds where calls.count < room {
            let items = try transaction.dueItems(.call, limit: room - calls.count)
            let leased = try transaction.lease(items, settings: settings)
            calls += leased
            // Where rules have changed, some were parked instead, and others can take their places.
            guard leased.count < items.count else { break }
        }
        try transaction.flush()
        next[.call] = try store.earliestDue(.call)
        return calls
    }

    private func leaseFetches(in transaction: Transaction, room: Int) throws -> [Fetch] {
        let due = [next[.fetch], transaction.earliestQueued(.fetch)].compactMap { $0 }.min()
        guard room > 0, let due, due <= transaction.now else { return [] }
        let fetches = try transaction.leaseFetches(transaction.dueItems(.fetch, limit: room))
        try transaction.flush()
        next[.fetch] = try store.earliestDue(.fetch)
        return fetches
    }

    /// Deletes some of what has expired, when it is time. Returns when to do so again.
    private func clean(at now: Timestamp) throws -> Timestamp {
        guard let due = nextCleaning else { return now + Limits.cleaningInterval }
        guard due <= now else { return min(due, now + Limits.cleaningInterval) }
        let horizon = settings.retention.map { Timestamp(milliseconds: now.milliseconds - $0.milliseconds) }
        // What was written before fails here, if it fails.
        _ = try store.catalogVersion()
        do {
            let hasMore = try store.clean(Cleaning(now: now, horizon: horizon))
            return hasMore ? now : now + Limits.cleaningInterval
        } catch {
            // No command fails for it: the batch begins again, and what has expired waits for the next time.
            nextCleaning = now + Limits.cleaningInterval
            cleaningError = error
            throw StoreConflict("what has expired could not be deleted: \(error)")
        }
    }

    private func forgetTimes() throws {
        for kind in QueueItem.Kind.allCases { next[kind] = try store.earliestDue(kind) }
    }
}
