import Engine
import JSON
import Wire

extension SQLiteStore {
    package func write(_ changes: Changes) throws {
        try writeApps(changes)
        try writeRuns(changes)
        try writeFailures(changes)
        try writeQueue(changes)
        try writeGates(changes)
        try writeWaits(changes)
        try writeRuleStates(changes)
        try writeJobs(changes)
        try writeExtras(changes)
        for entry in changes.history {
            try connection.statement(
                "INSERT INTO history (run_id, number, at, kind, step_id, attempt, detail) VALUES (?, ?, ?, ?, ?, ?, ?)"
            ).run(
                .id(entry.run), .int(Int64(entry.number)), .time(entry.at), .text(entry.kind.rawValue),
                .optional(entry.step?.hash), .optional(entry.attempt), .bytes(entry.detail.bytes))
        }
        for (key, expires) in changes.idempotencyKeys {
            try connection.statement(
                "INSERT OR REPLACE INTO idempotency (function_id, value, expires_at) VALUES (?, ?, ?)"
            ).run(.text(key.function.description), .text(key.value), .time(expires))
        }
    }

    private func writeApps(_ changes: Changes) throws {
        for app in changes.removedApps {
            try connection.statement("DELETE FROM apps WHERE id = ?").run(.text(app.description))
        }
        for app in changes.apps {
            try connection.statement(
                "INSERT OR REPLACE INTO apps (\(Columns.app)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            ).run(
                .text(app.id.description), .text(app.name), .text(app.url), .text(app.sdk), .optional(app.framework),
                .optional(app.version), .text(app.checksum), .time(app.syncedAt))
        }
        for function in changes.functions {
            try connection.statement(
                "INSERT OR REPLACE INTO functions (\(Columns.function)) VALUES (?, ?, ?, ?, ?, ?, ?)"
            ).run(
                .text(function.id.description), .text(function.appID.description), .bytes(function.config.json.bytes),
                .int(Int64(function.version)), .optional(function.archivedAt), .optional(function.pausedAt),
                .optional(function.cancelsAt))
        }
    }

    private func writeFailures(_ changes: Changes) throws {
        for run in changes.newRuns {
            guard let original = run.rerunOf else { continue }
            try connection.statement("UPDATE failures SET repeated_by = ? WHERE run_id = ?")
                .run(.id(run.id), .id(original))
        }
        for failure in changes.failures {
            try connection.statement(
                """
                INSERT OR REPLACE INTO failures (run_id, function_id, ended_at, step, name, message, error_group)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
            ).run(
                .id(failure.run), .text(failure.functionID.description), .time(failure.endedAt),
                .optional(failure.step), .text(failure.name), .text(failure.message), .text(failure.group))
        }
    }

    private func writeRuns(_ changes: Changes) throws {
        for stored in changes.events {
            let event = stored.event
            try connection.statement("INSERT INTO events (\(Columns.event)) VALUES (?, ?, ?, ?, ?, ?, ?)").run(
                .id(event.internalID), .text(event.name), .time(event.time), .time(stored.receivedAt),
                .optional(event.senderID), .bytes(event.json.bytes), Columns.decisions(stored))
        }
        for run in changes.newRuns {
            try connection.statement(
                "INSERT INTO runs (\(Columns.run)) VALUES (\(Array(repeating: "?", count: 27).joined(separator: ", ")))"
            ).run(
                Columns.fixedValues(run) + Columns.changingValues(run)
                    + [.optional(run.batchID?.description), .optional(run.singleton)])
            for event in run.eventIDs.dropFirst() {
                try connection.statement("INSERT OR IGNORE INTO run_events (event_id, run_id) VALUES (?, ?)")
                    .run(.id(event), .id(run.id))
            }
        }
        for run in changes.changedRuns {
            // Apart from the rest, as the slot is, for they stand in indexes, and SQLite writes those also when the value
            // stays.
            let status = Int64(run.status.rawValue)
            try connection.statement("UPDATE runs SET status = ? WHERE id = ? AND status <> ?")
                .run(.int(status), .id(run.id), .int(status))
            try connection.statement(
                """
                UPDATE runs SET started_at = ?, ended_at = ?, output = ?, request_version = ?, force_plan = ?,
                pending = ?, step_count = ?, state_size = ?, history_count = ?, racing = ?, defer_count = ?,
                metadata_size = ?, flow = ? WHERE id = ?
                """
            ).run(Columns.changingValues(run).dropFirst().dropLast() + [.id(run.id)])
            guard run.flow != nil else { continue }
            let slot = ColumnValue.optional(run.slot?.description)
            try connection.statement("UPDATE runs SET slot = ? WHERE id = ? AND slot IS NOT ?")
                .run(slot, .id(run.id), slot)
        }
        for step in changes.steps {
            try connection.statement("INSERT INTO steps (\(Columns.step)) VALUES (?, ?, ?, ?, ?)").run(
                .id(step.run), .text(step.id.hash), .int(Int64(step.position)), .text(step.label),
                .bytes(step.value.bytes))
        }
    }

    private func writeQueue(_ changes: Changes) throws {
        for run in changes.endedRuns {
            try connection.statement("DELETE FROM queue WHERE scope = ?").run(.id(run))
            try connection.statement("DELETE FROM waits WHERE run_id = ?").run(.id(run))
            try connection.statement("DELETE FROM wait_keys WHERE run_id = ?").run(.id(run))
            try connection.statement("DELETE FROM step_requests WHERE run_id = ?").run(.id(run))
        }
        for key in changes.removedQueueItems {
            try connection.statement("DELETE FROM queue WHERE scope = ? AND item = ?")
                .run(.text(Columns.scope(key)), .text(Columns.item(key)))
        }
        for item in changes.queueItems {
            let marks = Array(repeating: "?", count: 17).joined(separator: ", ")
            try connection.statement("INSERT OR REPLACE INTO queue (\(Columns.queueItem)) VALUES (\(marks))")
                .run(Columns.values(item))
        }
    }

    private func writeGates(_ changes: Changes) throws {
        for id in changes.removedGates {
            try connection.statement("DELETE FROM gates WHERE id = ?").run(.text(id.description))
        }
        for gate in changes.gates {
            try connection.statement("INSERT OR REPLACE INTO gates (\(Columns.gate)) VALUES (?, ?, ?, ?, ?)")
                .run(Columns.values(gate))
        }
        for id in changes.removedLanes {
            try connection.statement("DELETE FROM lanes WHERE id = ?").run(.text(id.description))
        }
        for lane in changes.lanes {
            try connection.statement("INSERT OR REPLACE INTO lanes (\(Columns.lane)) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
                .run(Columns.values(lane))
        }
    }

    private func writeWaits(_ changes: Changes) throws {
        for key in changes.removedWaits {
            try connection.statement("DELETE FROM waits WHERE run_id = ? AND step_id = ?")
                .run(.id(key.run), .text(key.step.hash))
            try connection.statement("DELETE FROM wait_keys WHERE run_id = ? AND step_id = ?")
                .run(.id(key.run), .text(key.step.hash))
        }
        for wait in changes.waits {
            var (event, expression, child, function): (String?, String?, String?, String?)
            var (signal, isReplaced): (String?, Bool) = (nil, false)
            var (keys, cancels): ([Wait.IndexKey], Int64) = ([], 0)
            switch wait.target {
            case .event(let name, let source, let index): (event, expression, keys) = (name, source, index)
            case .cancellation(let name, let source, let index):
                (event, expression, keys, cancels) = (name, source, index, 1)
            case .invocation(let run, let slug): (child, function) = (run?.description, slug)
            case .signal(let name, let replaced): (signal, isReplaced) = (name, replaced)
            }
            try connection.statement(
                """
                INSERT OR REPLACE INTO waits (run_id, step_id, label, registered_at, expires_at, event_name, expression,
                child_run, child_function, signal, is_replaced, cancels) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """
            ).run(
                .id(wait.key.run), .text(wait.key.step.hash), .text(wait.label), .time(wait.registeredAt),
                .time(wait.expiresAt), .optional(event), .optional(expression), .optional(child),
                .optional(function), .optional(signal), .int(isReplaced ? 1 : 0), .int(cancels))
            for key in keys {
                try connection.statement(
                    "INSERT OR IGNORE INTO wait_keys (event_name, path, value, run_id, step_id) VALUES (?, ?, ?, ?, ?)"
                ).run(
                    .optional(event), .text(key.path), .text(key.value), .id(wait.key.run), .text(wait.key.step.hash))
            }
        }
    }
}
