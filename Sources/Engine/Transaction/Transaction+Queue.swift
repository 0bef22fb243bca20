import Wire

// The queue, and what this transaction has put in it.
extension Transaction {
    // MARK: Queue

    package func queueItem(_ key: QueueItem.Key) throws -> QueueItem? {
        try queue.row(key) { try store.queueItems([key]).first }
    }

    /// Puts an item in the queue, or changes it.
    package func put(_ item: QueueItem) {
        queue.put(item, at: item.key)
        if touchedQueue[item.key] == nil { touchedQueue[item.key] = touchedQueue.count }
        if let run = item.key.run { wholeQueues[run]?.insert(item.key) }
        if case .parked(let lane) = item.stage { parked[lane]?.put(item) }
    }

    package func removeQueueItem(_ key: QueueItem.Key) { queue.remove(key) }

    package func cronItems(of function: NameUUID) throws -> [QueueItem] {
        try flush()
        return try store.cronItems(of: function)
    }

    /// Items that are due, as the store has them after all changes so far.
    func dueItems(_ kind: QueueItem.Kind, limit: Int) throws -> [QueueItem] {
        try flush()
        return note(try store.dueItems(kind, at: now, limit: limit))
    }

    func lostItems(held: Set<ULID>, ofOthers: Bool) throws -> [QueueItem] {
        try flush()
        return try store.lostItems(held: held, ofOthers: ofOthers)
    }

    func leasedItems(of function: NameUUID) throws -> [QueueItem] {
        try flush()
        return try locked(store.leasedItems(of: function))
    }

    /// Items that a search has found, as they are once their runs are locked. What is gone by then is left out.
    func locked(_ found: [QueueItem]) throws -> [QueueItem] {
        let unlocked = found.filter { item in item.key.run.map { runs[$0] == nil } ?? false }
        if !unlocked.isEmpty {
            var footprint = Footprint(runs: unlocked.compactMap(\.key.run))
            footprint.queueItems = Set(unlocked.map(\.key))
            try load(footprint)
        }
        for item in found where !queue.knows(item.key) { queue.note(item, at: item.key) }
        return found.compactMap { queue[$0.key] }
    }

    func queueItems(of run: ULID) throws -> [QueueItem] {
        if let keys = wholeQueues[run] {
            return keys.compactMap { queue[$0] }.sorted { ($0.key.step?.hash ?? "") < ($1.key.step?.hash ?? "") }
        }
        try flush()
        return note(try store.queueItems(of: run))
    }

    func note(_ items: [QueueItem]) -> [QueueItem] {
        for item in items { queue.note(item, at: item.key) }
        return items
    }

    // MARK: What comes next

    /// Items that this transaction has put in the queue.
    private var queued: [QueueItem] {
        touchedQueue.sorted { $0.value < $1.value }.compactMap { queue[$0.key] }
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
