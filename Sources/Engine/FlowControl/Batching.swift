import Expressions
import JSON
import Wire

/// The events that a batch holds, to start one run with all of them.
struct Batch {
    /// The run that it starts carries it.
    let id: ULID
    private(set) var opened: Timestamp
    var events: [ULID] = []
    /// Bytes of the events.
    var size = 0

    init(id: ULID, at now: Timestamp) {
        self.id = id
        opened = now
    }

    init?(_ state: RuleState?) {
        guard let value = state?.value, let id = value["id"]?.string.flatMap(ULID.init),
            let opened = value["opened"]?.int, let events = value["events"], let size = value["size"]?.int
        else { return nil }
        self.id = id
        self.opened = Timestamp(milliseconds: Int64(opened))
        self.events = events.elements.compactMap { $0.string.flatMap(ULID.init) }
        self.size = size
    }

    var value: JSON {
        [
            "events": .array(events.map { .string($0.description) }), "id": .string(id.description),
            "opened": .int(opened.milliseconds), "size": .int(size),
        ]
    }

    /// Takes an event in.
    mutating func add(_ event: Event, at now: Timestamp) {
        events.append(event.internalID)
        size += event.json.bytes.count
        // After the clock was set back, a batch that was opened at a time that lies ahead counts from now.
        opened = opened.settled(at: now)
    }

    func isFull(_ rule: Batching) -> Bool { events.count >= rule.maxSize || size >= Limits.batchSize }

    /// When the run starts if the batch does not fill; at once where the function has the rule no more.
    func due(_ rule: Batching?, at now: Timestamp) -> Timestamp {
        guard let rule, !isFull(rule) else { return now }
        return opened + rule.timeout
    }
}

extension Transaction {
    /// Takes an event into a batch, which starts a run when it is full. One that is not to be batched starts a run of
    /// its own.
    func batch(_ event: Event, _ rule: Batching, _ function: FunctionRecord, _ cause: RunCause) throws -> Admission {
        guard isBatched(event, rule) else { return .started(try start(function, with: [event], cause: cause)) }
        if let id = event.senderID, !event.isInternal,
            try !take(IdempotencyKey(function: function.id, value: "batch:\(id)"), for: Limits.batchMemory)
        {
            return .stopped(
                Decision(
                    function: function.id, gate: .batch, state: ["duplicate_of": .string(Self.shortened(id))]))
        }
        let value = KeyValue(rule.key, of: event, at: now)
        let key = value.key(of: .batch, in: function.id)
        let size = event.json.bytes.count
        if let open = Batch(try ruleState(key)), open.size + size > Limits.batchSize { try endBatch(key, function) }
        var batch = Batch(try ruleState(key)) ?? Batch(id: newID(), at: now)
        batch.add(event, at: now)
        put(RuleState(key: key, value: batch.value))
        let due = batch.due(rule, at: now)
        if batch.isFull(rule) {
            try endBatch(key, function)
        } else {
            collect(key, of: function, queuedAt: batch.opened, until: due)
        }
        return .collected(
            Decision(
                function: function.id, gate: .batch, batch: batch.id, hash: key.hash,
                state: [
                    "key": value.shown, "max_size": .int(rule.maxSize), "since": .string(batch.opened.description),
                    "size": .int(batch.events.count), "until": .string(due.description),
                ]))
    }

    private func isBatched(_ event: Event, _ rule: Batching) -> Bool {
        guard let condition = rule.condition else { return true }
        let expression = try? Expression.compile(condition)
        return (try? expression?.matches(event: event.json, now: now.milliseconds)) ?? false
    }

    /// Starts the run of a batch; several where the batch has been made smaller since.
    func endBatch(_ key: RuleKey, _ function: FunctionRecord) throws {
        let batch = Batch(try ruleState(key))
        removeRuleState(key)
        removeQueueItem(.rule(key))
        guard let batch else { return }
        let most = function.config.flow.batch?.maxSize ?? batch.events.count
        for start in stride(from: 0, to: batch.events.count, by: max(1, most)) {
            let events = try events(Array(batch.events[start..<min(start + most, batch.events.count)]))
            guard !events.isEmpty else { continue }
            // Other rules may have taken the place of the batch, a singleton's among them.
            try startCollected(events, function, .batch, batch: batch.id)
        }
    }
}
