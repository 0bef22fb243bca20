import JSON
import Wire

/// The event that a debounce holds, to start a run with it when no later one has come for a while.
package struct Debouncing {
    /// Names what is collected: the run that it starts carries it.
    package let id: ULID
    /// When the first event came.
    private(set) var first: Timestamp
    /// When the last one came.
    var last: Timestamp
    package fileprivate(set) var event: ULID
    /// The time of that event.
    var time: Timestamp

    init(id: ULID, event: Event, at now: Timestamp) {
        self.id = id
        (first, last) = (now, now)
        (self.event, time) = (event.internalID, event.time)
    }

    init?(_ state: RuleState?) {
        guard let state else { return nil }
        self.init(value: state.value)
    }

    /// Read back from a store.
    package init?(value: JSON) {
        guard let id = value["id"]?.string.flatMap(ULID.init),
            let event = value["event"]?.string.flatMap(ULID.init), let first = value["first"]?.int,
            let last = value["last"]?.int, let time = value["time"]?.int
        else { return nil }
        self.id = id
        self.event = event
        self.first = Timestamp(milliseconds: Int64(first))
        self.last = Timestamp(milliseconds: Int64(last))
        self.time = Timestamp(milliseconds: Int64(time))
    }

    var value: JSON {
        [
            "event": .string(event.description), "first": .int(first.milliseconds), "id": .string(id.description),
            "last": .int(last.milliseconds), "time": .int(time.milliseconds),
        ]
    }

    /// After the clock was set back, what came at a time that lies ahead counts as if it had come now: what comes next
    /// is later, and is waited for no longer than the rule says.
    mutating func settle(at now: Timestamp) {
        guard last.settled(at: now) != last else { return }
        (first, last, time) = (min(first, now), now, min(time, now))
    }

    /// When the run starts if nothing comes any more; at once where the function has the rule no more.
    func due(_ rule: Debounce?, at now: Timestamp) -> Timestamp {
        guard let rule else { return now }
        let quiet = last + rule.period
        return rule.timeout.map { min(quiet, first + $0) } ?? quiet
    }
}

extension Transaction {
    /// Takes an event into a debounce: it replaces the one that is held unless that one is later.
    func debounce(_ event: Event, _ rule: Debounce, _ function: FunctionRecord) throws -> Admission {
        let value = KeyValue(rule.key, of: event, at: now)
        let key = value.key(of: .debounce, in: function.id)
        var held = Debouncing(try ruleState(key))
        held?.settle(at: now)
        if let held, held.time > event.time {
            return .stopped(
                Decision(
                    function: function.id, gate: .debounce, batch: held.id, hash: key.hash,
                    state: ["key": value.shown, "later_event": .string(held.event.description)]))
        }
        var debouncing = held ?? Debouncing(id: newID(), event: event, at: now)
        if let held { try refuseInvoker(of: held.event, "a later event took the place of this one in a debounce") }
        (debouncing.event, debouncing.time) = (event.internalID, event.time)
        debouncing.last = max(debouncing.last, now)
        let due = max(now, debouncing.due(rule, at: now))
        put(RuleState(key: key, value: debouncing.value))
        collect(key, of: function, queuedAt: debouncing.first, until: due)
        return .collected(
            Decision(
                function: function.id, gate: .debounce, batch: debouncing.id, hash: key.hash,
                state: [
                    "key": value.shown, "period": .string(TimeString.format(rule.period)),
                    "since": .string(debouncing.first.description), "until": .string(due.description),
                ]))
    }

    /// Starts the run of a debounce whose time has come.
    func endDebounce(_ key: RuleKey, _ function: FunctionRecord) throws {
        let held = Debouncing(try ruleState(key))
        removeRuleState(key)
        guard let held, let event = try events([held.event]).first else { return }
        try startCollected([event], function, RunCause(of: event), batch: held.id)
    }

    /// Sets the timer that ends a collection.
    func collect(_ key: RuleKey, of function: FunctionRecord, queuedAt: Timestamp, until due: Timestamp) {
        put(
            QueueItem(
                key: .rule(key), work: .collection, functionID: function.id, label: function.config.name,
                queuedAt: queuedAt, dueAt: due))
    }
}
