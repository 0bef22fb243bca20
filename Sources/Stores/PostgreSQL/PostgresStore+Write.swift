import Engine
import JSON
import Wire

extension PostgresStore {
    /// Sends the changes. Their results are looked at with those of the next load, or of the commit.
    package func write(_ changes: Changes) throws {
        try beforeWrite?()
        try writeApps(changes)
        try insert(.events, changes.events.map { Self.values($0) })
        try insert(
            .runs,
            changes.newRuns.map {
                Columns.fixedValues($0) + Columns.changingValues($0)
                    + [.optional($0.batchID?.description), .optional($0.singleton)]
            })
        try send(
            StoreTable.runEvents.replace, .runEvents,
            changes.newRuns.flatMap { run in run.eventIDs.dropFirst().map { [.id($0), .id(run.id)] } })
        try send(
            StoreTable.runStates.update, .runStates,
            changes.changedRuns.map {
                [.id($0.id)] + Columns.changingValues($0)
            })
        try insert(
            .steps,
            changes.steps.map {
                [.id($0.run), .text($0.id.hash), .int(Int64($0.position)), .text($0.label), .bytes($0.value.bytes)]
            })
        try writeQueue(changes)
        try writeGates(changes)
        try writeWaits(changes)
        try writeExtras(changes)
        try writeFailures(changes)
        try writeRules(changes)
        try writeJobs(changes)
        try insert(
            .history,
            changes.history.map {
                [
                    .id($0.run), .int(Int64($0.number)), .time($0.at), .text($0.kind.rawValue),
                    .optional($0.step?.hash),
                    .optional($0.attempt), .bytes($0.detail.bytes),
                ]
            })
        try take(changes.idempotencyKeys)
    }

    /// Bytes of rows that one statement carries, and one row at least: the server takes no message of 1 GiB.
    private static let bytesPerStatement = 32 << 20

    private func insert(_ table: StoreTable, _ rows: [[ColumnValue]]) throws {
        try send(table.insert, table, rows)
    }

    func send(_ sql: @autoclosure () -> String, _ table: StoreTable, _ rows: [[ColumnValue]]) throws {
        guard !rows.isEmpty else { return }
        let text = sql()
        for part in rows.parts(of: Self.bytesPerStatement) { try connection().send(text, table.parameters(part)) }
    }

    private func writeApps(_ changes: Changes) throws {
        guard !changes.apps.isEmpty || !changes.functions.isEmpty || !changes.removedApps.isEmpty else { return }
        try raiseCatalogVersion()
        if !changes.removedApps.isEmpty {
            try connection().send(
                "DELETE FROM apps WHERE id = ANY ($1::text[])", [.texts(changes.removedApps.map(\.description))])
        }
        try send(
            StoreTable.apps.replace, .apps,
            changes.apps.map {
                [
                    .text($0.id.description), .text($0.name), .text($0.url), .text($0.sdk), .optional($0.framework),
                    .optional($0.version), .text($0.checksum), .time($0.syncedAt),
                ]
            })
        try send(
            StoreTable.functions.replace, .functions,
            changes.functions.map {
                [
                    .text($0.id.description), .text($0.appID.description), .bytes($0.config.json.bytes),
                    .int(Int64($0.version)), .optional($0.archivedAt), .optional($0.pausedAt),
                    .optional($0.cancelsAt),
                ]
            })
    }

    private func writeQueue(_ changes: Changes) throws {
        if !changes.endedRuns.isEmpty {
            // What an ended run keeps is written below, and stays with the node that has leased it.
            try connection().send(
                """
                DELETE FROM queue WHERE scope = ANY ($1::text[]) AND NOT EXISTS (
                    SELECT 1 FROM unnest($2::text[], $3::text[]) AS kept (s, i) WHERE s = scope AND i = item)
                """, [.ids(changes.endedRuns)] + .keys(changes.queueItems.map(\.key)))
            for table in ["waits", "wait_keys", "step_requests"] {
                try connection().send(
                    "DELETE FROM \(table) WHERE run_id = ANY ($1::text[])", [.ids(changes.endedRuns)])
            }
        }
        try send(
            StoreTable.queue.delete, .queue,
            changes.removedQueueItems.map {
                [.text(Columns.scope($0)), .text(Columns.item($0))]
            })
        try send(
            StoreTable.leasedQueue.replaceLeased, .leasedQueue,
            changes.queueItems.map { Columns.values($0) + [$0.lease == nil ? .null : .id(node)] })
    }

    private func writeWaits(_ changes: Changes) throws {
        if !changes.removedWaits.isEmpty {
            try connection().send(StoreTable.waits.delete, .pairs(changes.removedWaits))
            try connection().send(
                """
                DELETE FROM wait_keys k USING unnest($1::text[], $2::text[]) AS v (r, s)
                WHERE k.run_id = v.r AND k.step_id = v.s
                """, .pairs(changes.removedWaits))
        }
        var keys: [[ColumnValue]] = []
        // Who gives a signal up comes before who takes it: one at a time may wait for it.
        let waits = changes.waits.filter(\.target.isReplaced) + changes.waits.filter { !$0.target.isReplaced }
        try send(
            StoreTable.waits.replace, .waits,
            waits.map { wait in
                var (event, expression, child, function): (String?, String?, String?, String?)
                var (signal, cancels): (String?, Int64) = (nil, 0)
                switch wait.target {
                case .event(let name, let source, let index):
                    (event, expression) = (name, source)
                    keys += index.map {
                        [.text(name), .text($0.path), .text($0.value), .id(wait.key.run), .text(wait.key.step.hash)]
                    }
                case .cancellation(let name, let source, let index):
                    (event, expression, cancels) = (name, source, 1)
                    keys += index.map {
                        [.text(name), .text($0.path), .text($0.value), .id(wait.key.run), .text(wait.key.step.hash)]
                    }
                case .invocation(let run, let slug): (child, function) = (run?.description, slug)
                case .signal(let name, _): signal = name
                }
                return [
                    .id(wait.key.run), .text(wait.key.step.hash), .text(wait.label), .time(wait.registeredAt),
                    .time(wait.expiresAt), .optional(event), .optional(expression), .optional(child),
                    .optional(function), .optional(signal), .int(wait.target.isReplaced ? 1 : 0),
                    .int(cancels),
                ]
            })
        try send(StoreTable.waitKeys.replace, .waitKeys, keys)
    }

    private func writeFailures(_ changes: Changes) throws {
        let repeats = changes.newRuns.filter { $0.rerunOf != nil }
        if !repeats.isEmpty {
            try connection().send(
                """
                UPDATE failures f SET repeated_by = v.new FROM unnest($1::text[], $2::text[]) AS v (old, new)
                WHERE f.run_id = v.old
                """, [.ids(repeats.compactMap(\.rerunOf)), .ids(repeats.map(\.id))])
        }
        try send(
            StoreTable.newFailures.replace, .newFailures,
            changes.failures.map {
                [
                    .id($0.run), .text($0.functionID.description), .time($0.endedAt), .optional($0.step),
                    .text($0.name),
                    .text($0.message), .text($0.group),
                ]
            })
    }

    private func writeExtras(_ changes: Changes) throws {
        if !changes.removedStepRequests.isEmpty {
            try connection().send(StoreTable.stepRequests.delete, .pairs(changes.removedStepRequests))
        }
        try send(
            StoreTable.stepRequests.replace, .stepRequests,
            changes.stepRequests.map {
                [.id($0.key.run), .text($0.key.step.hash), .text($0.purpose.rawValue), .bytes($0.options.bytes)]
            })
        try send(
            StoreTable.stepInputs.replace, .stepInputs,
            changes.stepInputs.map { [.id($0.key.run), .text($0.key.step.hash), .bytes($0.input.bytes)] })
        try send(
            StoreTable.defers.replace, .defers,
            changes.defers.map {
                [
                    .id($0.run), .text($0.id.hash), .int(Int64($0.number)), .text($0.label), .text($0.function),
                    .bytes($0.input.bytes), .int(Int64($0.status.rawValue)),
                ]
            })
    }

    private static func values(_ stored: StoredEvent) -> [ColumnValue] {
        let event = stored.event
        return [
            .id(event.internalID), .text(event.name), .time(event.time), .time(stored.receivedAt),
            .optional(event.senderID), .bytes(event.json.bytes), Columns.decisions(stored),
        ]
    }
}

extension Wait.Target {
    fileprivate var isReplaced: Bool { if case .signal(_, let isReplaced) = self { isReplaced } else { false } }
}
