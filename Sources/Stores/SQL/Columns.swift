import Engine
import JSON
import Wire

/// How the engine's rows stand in a database's columns, the same in every store: the lists of names, and both directions.
enum Columns {
    static let app = "id, name, url, sdk, framework, version, checksum, synced_at"
    static let function = "id, app_id, config, version, archived_at, paused_at, cancels_at"
    static let event = "id, name, ts, received_at, sender_id, body, decisions"
    static let run = """
        id, function_id, event_id, more_events, created_at, scheduled_for, cron, invoked_by_run, invoked_by_step, \
        rerun_of, status, started_at, ended_at, output, request_version, force_plan, pending, step_count, \
        state_size, history_count, racing, defer_count, metadata_size, flow, slot, batch_id, singleton
        """
    /// The same with an output of NULL, which is not read then.
    static let runWithoutOutput = run.replacing("output", with: "NULL")
    /// Whether nothing is queued for a run `r`: a call that is open when its run ends is, until it is answered.
    static let isLetGo = "NOT EXISTS (SELECT 1 FROM queue q WHERE q.scope = r.id)"
    /// Whether nothing would be lost with a gate, where its throttle counts no start after a time.
    static let isIdleGate = "held = 0 AND awaited = 0 AND COALESCE(used_until, 0) < ?"
    static let step = "run_id, id, position, label, value"
    static let queueItem = """
        scope, item, work, function_id, label, queued_at, due_at, attempt, lease, leased_at, race, again, rank, \
        stage, lane, slots, flow
        """
    static let gate = "id, name, held, used_until, awaited"
    static let lane = "id, function_id, version, is_start, gates, waits_on, head, turn"
    static let wait = """
        w.run_id, w.step_id, w.label, w.registered_at, w.expires_at, w.event_name, w.expression, w.child_run, \
        w.child_function, w.signal, w.is_replaced, w.cancels
        """
    static let waitCount: Int32 = 12
    static let failure = "run_id, function_id, ended_at, step, name, message"
    static let stepRequest = "run_id, step_id, purpose, options"
    static let deferred = "run_id, id, number, label, function, input, status"
    static let job = "id, kind, spec, state, status, created_at, ended_at"
    static let history = "run_id, number, at, kind, step_id, attempt, detail"

    typealias Row = any ColumnRow

    static func time(_ row: borrowing Row, _ column: Int32) -> Timestamp? {
        row.isNull(column) ? nil : Timestamp(milliseconds: row.int64(column))
    }

    static func app(_ row: borrowing Row) -> AppRecord {
        AppRecord(
            id: NameUUID(stored: row.text(0)), name: row.text(1), url: row.text(2), sdk: row.text(3),
            framework: row.optionalText(4), version: row.optionalText(5), checksum: row.text(6),
            syncedAt: Timestamp(milliseconds: row.int64(7)))
    }

    static func function(_ row: borrowing Row) -> FunctionRecord? { (try? readFunction(row).get()) ?? nil }

    /// Nil where it can't be read and is archived: nothing runs of it any more.
    static func readFunction(_ row: borrowing Row) -> Result<FunctionRecord?, UnreadableFunction> {
        do throws(InvalidFunction) {
            let config = try FunctionConfig(row.json(2) ?? .null)
            return .success(
                FunctionRecord(
                    id: NameUUID(stored: row.text(0)), appID: NameUUID(stored: row.text(1)), config: config,
                    version: row.int(3), archivedAt: time(row, 4), pausedAt: time(row, 5), cancelsAt: time(row, 6)))
        } catch {
            return row.isNull(4) ? .failure(UnreadableFunction(id: row.text(0), reason: error)) : .success(nil)
        }
    }

    static func event(_ row: borrowing Row) -> StoredEvent? {
        guard let id = ULID(row.text(0)), let body = row.json(5) else { return nil }
        return StoredEvent(
            event: Event(
                internalID: id, name: row.text(1), time: Timestamp(milliseconds: row.int64(2)), json: body,
                senderID: row.optionalText(4)),
            receivedAt: Timestamp(milliseconds: row.int64(3)),
            decisions: row.json(6)?.elements.compactMap(Decision.init(stored:)) ?? [])
    }

    static func decisions(_ stored: StoredEvent) -> ColumnValue {
        stored.decisions.isEmpty ? .null : .bytes(JSON.array(stored.decisions.map(\.stored)).bytes)
    }

    // MARK: Runs

    static func run(_ row: borrowing Row) -> Run? {
        guard let id = ULID(row.text(0)), let status = Run.Status(rawValue: row.int(10)) else { return nil }
        let events =
            (row.optionalText(2).map { [$0] } ?? [])
            + (row.optionalText(3)?.split(separator: " ").map(String.init) ?? [])
        var invoker: StepKey?
        if let run = row.optionalText(7).flatMap(ULID.init), let step = row.optionalText(8) {
            invoker = StepKey(run: run, step: StepID(hash: step))
        }
        var run = Run(
            id: id, functionID: NameUUID(stored: row.text(1)), eventIDs: events.compactMap(ULID.init),
            createdAt: Timestamp(milliseconds: row.int64(4)), scheduledFor: Timestamp(milliseconds: row.int64(5)),
            cron: row.optionalText(6), invokedBy: invoker, rerunOf: row.optionalText(9).flatMap(ULID.init),
            batchID: row.optionalText(25).flatMap(ULID.init), singleton: row.optionalText(26))
        run.status = status
        run.startedAt = time(row, 11)
        run.endedAt = time(row, 12)
        run.output = row.json(13)
        run.requestVersion = row.int(14)
        run.forcePlan = row.int(15) != 0
        run.pending = row.int(16)
        run.stepCount = row.int(17)
        run.stateSize = row.int(18)
        run.historyCount = row.int(19)
        run.racing = row.int(20)
        run.deferCount = row.int(21)
        run.metadataSize = row.int(22)
        run.flow = row.json(23).map { RunFlow(stored: $0) }
        run.slot = row.optionalText(24).map { GateID(stored: $0) }
        return run
    }

    static func fixedValues(_ run: Run) -> [ColumnValue] {
        let more = run.eventIDs.dropFirst().map(\.description).joined(separator: " ")
        return [
            .id(run.id), .text(run.functionID.description), .optional(run.eventIDs.first?.description),
            .optional(more.isEmpty ? nil : more), .time(run.createdAt), .time(run.scheduledFor), .optional(run.cron),
            .optional(run.invokedBy?.run.description), .optional(run.invokedBy?.step.hash),
            .optional(run.rerunOf?.description),
        ]
    }

    static func changingValues(_ run: Run) -> [ColumnValue] {
        [
            .int(Int64(run.status.rawValue)), .optional(run.startedAt), .optional(run.endedAt),
            run.output.map { .bytes($0.bytes) } ?? .null, .int(Int64(run.requestVersion)), .int(run.forcePlan ? 1 : 0),
            .int(Int64(run.pending)), .int(Int64(run.stepCount)), .int(Int64(run.stateSize)),
            .int(Int64(run.historyCount)), .int(Int64(run.racing)), .int(Int64(run.deferCount)),
            .int(Int64(run.metadataSize)), run.flow.map { .bytes($0.json.bytes) } ?? .null,
            .optional(run.slot?.description),
        ]
    }

    static func step(_ row: borrowing Row) -> Step? {
        guard let run = ULID(row.text(0)), let value = row.json(4) else { return nil }
        return Step(run: run, id: StepID(hash: row.text(1)), position: row.int(2), label: row.text(3), value: value)
    }

    static func failure(_ row: borrowing Row) -> Failure? {
        guard let run = ULID(row.text(0)) else { return nil }
        return Failure(
            run: run, functionID: NameUUID(stored: row.text(1)), endedAt: Timestamp(milliseconds: row.int64(2)),
            step: row.optionalText(3), name: row.text(4), message: row.text(5))
    }

    static func history(_ row: borrowing Row) -> HistoryEntry? {
        guard let run = ULID(row.text(0)), let kind = HistoryEntry.Kind(rawValue: row.text(3)) else { return nil }
        return HistoryEntry(
            run: run, number: row.int(1), at: Timestamp(milliseconds: row.int64(2)), kind: kind,
            step: row.optionalText(4).map(StepID.init(hash:)), attempt: row.isNull(5) ? nil : row.int(5),
            detail: row.json(6) ?? .emptyObject)
    }

    static func job(_ row: borrowing Row) -> BulkJob? {
        guard let id = ULID(row.text(0)) else { return nil }
        return BulkJob(
            id: id, kind: row.text(1), spec: row.json(2) ?? .null, state: row.json(3) ?? .null, status: row.text(4),
            createdAt: Timestamp(milliseconds: row.int64(5)), endedAt: time(row, 6))
    }

    // MARK: Queue

    private static let cronScope = "cron:"
    private static let gateScope = "gate:"
    private static let ruleScope = "rule:"
    private static let functionScope = "function:"
    private static let jobScope = "job:"
    /// Before the kind of a run's timer. A step's item is a hash, in which there is no colon.
    private static let timerItem = "timer:"

    static func scope(_ key: QueueItem.Key) -> String {
        switch key {
        case .run(let run), .runTimer(let run, _): run.description
        case .step(let key): key.run.description
        case .cron(let function, _): cronScope + function.description
        case .gate(let id): gateScope + id.description
        case .rule(let key): "\(ruleScope)\(key.function):\(key.rule.rawValue)"
        case .function(let function): functionScope + function.description
        case .job(let job): jobScope + job.description
        }
    }

    static func item(_ key: QueueItem.Key) -> String {
        switch key {
        case .run, .gate, .function, .job: ""
        case .step(let key): key.step.hash
        case .cron(_, let expression): expression
        case .runTimer(_, let work): "\(timerItem)\(work.rawValue)"
        case .rule(let key): key.hash
        }
    }

    private static func key(scope: String, item: String) -> QueueItem.Key? {
        if let run = ULID(scope) {
            if item.isEmpty { return .run(run) }
            guard item.hasPrefix(timerItem) else { return .step(StepKey(run: run, step: StepID(hash: item))) }
            return Int(item.dropFirst(timerItem.count)).flatMap(QueueItem.Work.init).map { .runTimer(run, $0) }
        }
        if scope.hasPrefix(gateScope) { return .gate(GateID(stored: String(scope.dropFirst(gateScope.count)))) }
        let parts = scope.split(separator: ":", maxSplits: 2).map(String.init)
        guard parts.count >= 2 else { return nil }
        switch parts[0] + ":" {
        case cronScope: return .cron(NameUUID(stored: parts[1]), expression: item)
        case functionScope: return .function(NameUUID(stored: parts[1]))
        case jobScope: return ULID(parts[1]).map { .job($0) }
        case ruleScope:
            guard parts.count == 3, let rule = RuleKey.Rule(rawValue: parts[2]) else { return nil }
            return .rule(RuleKey(function: NameUUID(stored: parts[1]), rule: rule, hash: item))
        default: return nil
        }
    }

    static func queueItem(_ row: borrowing Row) -> QueueItem? {
        guard let key = key(scope: row.text(0), item: row.text(1)), let work = QueueItem.Work(rawValue: row.int(2))
        else { return nil }
        var queued = QueueItem(
            key: key, work: work, functionID: NameUUID(stored: row.text(3)), label: row.text(4),
            queuedAt: Timestamp(milliseconds: row.int64(5)), dueAt: Timestamp(milliseconds: row.int64(6)),
            attempt: row.int(7), lease: row.optionalText(8).flatMap(ULID.init), leasedAt: time(row, 9),
            race: row.int(10) != 0, again: row.int(11) != 0)
        queued.lead = .milliseconds(row.int64(6) - row.int64(12))
        queued.stage = stage(row.int(13), lane: row.optionalText(14))
        queued.slots = gateIDs(row.optionalText(15) ?? "")
        queued.flowVersion = row.int(16)
        return queued
    }

    static func values(_ item: QueueItem) -> [ColumnValue] {
        let (stage, lane): (Int64, LaneID?) =
            switch item.stage {
            case .ready: (0, nil)
            case .coming: (1, nil)
            case .parked(let lane): (2, lane)
            }
        return [
            .text(scope(item.key)), .text(self.item(item.key)), .int(Int64(item.work.rawValue)),
            .text(item.functionID.description), .text(item.label), .time(item.queuedAt), .time(item.dueAt),
            .int(Int64(item.attempt)), .optional(item.lease?.description), .optional(item.leasedAt),
            .int(item.race ? 1 : 0), .int(item.again ? 1 : 0), .time(item.rank), .int(stage),
            .optional(lane?.description), .optional(item.slots.isEmpty ? nil : text(item.slots)),
            .int(Int64(item.flowVersion)),
        ]
    }

    private static func stage(_ number: Int, lane: String?) -> QueueItem.Stage {
        if let lane { return .parked(LaneID(stored: lane)) }
        return number == 1 ? .coming : .ready
    }

    // MARK: Gates

    static func gate(_ row: borrowing Row) -> Gate {
        Gate(
            id: GateID(stored: row.text(0)), name: row.text(1), held: row.int(2),
            usedUntil: row.isNull(3) ? nil : row.int64(3), isAwaited: row.int(4) != 0)
    }

    static func values(_ gate: Gate) -> [ColumnValue] {
        [
            .text(gate.id.description), .text(gate.name), .int(Int64(gate.held)),
            gate.usedUntil.map { .int($0) } ?? .null, .int(gate.isAwaited ? 1 : 0),
        ]
    }

    static func lane(_ row: borrowing Row) -> Lane {
        Lane(
            id: LaneID(stored: row.text(0)), functionID: NameUUID(stored: row.text(1)), version: row.int(2),
            isStart: row.int(3) != 0, gates: gateIDs(row.text(4)), waitsOn: row.text(5),
            head: Timestamp(milliseconds: row.int64(6)), turn: Timestamp(milliseconds: row.int64(7)))
    }

    static func values(_ lane: Lane) -> [ColumnValue] {
        [
            .text(lane.id.description), .text(lane.functionID.description), .int(Int64(lane.version)),
            .int(lane.isStart ? 1 : 0), .text(text(lane.gates)), .text(lane.waitsOn), .time(lane.head),
            .time(lane.turn),
        ]
    }

    private static func gateIDs(_ text: String) -> [GateID] {
        text.split(separator: " ").map { GateID(stored: String($0)) }
    }

    private static func text(_ ids: [GateID]) -> String { ids.map(\.description).joined(separator: " ") }

    // MARK: Waits

    /// The index keys stay in their own table: nobody asks a stored wait for them.
    static func wait(_ row: borrowing Row) -> Wait? {
        guard let run = ULID(row.text(0)) else { return nil }
        let target: Wait.Target
        if let event = row.optionalText(5) {
            let expression = row.optionalText(6)
            target =
                row.int(11) != 0
                ? .cancellation(name: event, expression: expression, index: [])
                : .event(name: event, expression: expression, index: [])
        } else if let function = row.optionalText(8) {
            target = .invocation(run: row.optionalText(7).flatMap(ULID.init), function: function)
        } else if let signal = row.optionalText(9) {
            target = .signal(name: signal, isReplaced: row.int(10) != 0)
        } else {
            return nil
        }
        return Wait(
            key: StepKey(run: run, step: StepID(hash: row.text(1))), label: row.text(2),
            registeredAt: Timestamp(milliseconds: row.int64(3)), expiresAt: Timestamp(milliseconds: row.int64(4)),
            target: target)
    }
}

extension ColumnValue {
    static func id(_ id: ULID) -> Self { .text(id.description) }
    static func time(_ time: Timestamp) -> Self { .int(time.milliseconds) }
    static func optional(_ text: String?) -> Self { text.map { .text($0) } ?? .null }
    static func optional(_ number: Int?) -> Self { number.map { .int(Int64($0)) } ?? .null }
    static func optional(_ time: Timestamp?) -> Self { time.map { .int($0.milliseconds) } ?? .null }
}
