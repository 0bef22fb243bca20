import Engine
import JSON
import Wire

/// The engine's rows in the shapes of docs/api.md.
enum APIShapes {
    /// A function with the app that it belongs to.
    struct FunctionAndApp: Sendable {
        let function: FunctionRecord
        let app: AppRecord?
    }

    /// One environment and one account: the fields are there because the protocol has them.
    static let noID: JSON = "00000000-0000-0000-0000-000000000000"

    static func event(_ stored: StoredEvent) -> JSON {
        let event = stored.event
        return event.json.merging([
            "account_id": noID, "environment_id": noID, "internal_id": .string(event.internalID.description),
            "received_at": time(stored.receivedAt), "source": "", "source_id": .null,
        ])
    }

    /// An event without its payload: how large it is, and how it begins.
    static func eventSummary(_ stored: StoredEvent) -> JSON {
        let event = stored.event
        let data = event.json["data"] ?? .emptyObject
        return [
            "id": .string(event.internalID.description), "internal_id": .string(event.internalID.description),
            "name": .string(event.name), "preview": .string(preview(data)),
            "received_at": time(stored.receivedAt), "size": .int(data.bytes.count),
            "ts": .int(event.time.milliseconds),
        ]
    }

    /// The first characters of a value.
    static func preview(_ json: JSON) -> String {
        String(String(decoding: json.bytes.prefix(640), as: UTF8.self).prefix(160))
    }

    static func run(_ run: Run, _ owner: FunctionAndApp?, eventName: String?) -> JSON {
        [
            "app": owner?.app.map { .string($0.name) }, "batch_id": run.batchID.map { .string($0.description) },
            "cron": run.cron.map(JSON.string),
            "ended_at": run.endedAt.map(time) ?? .null, "environment_id": noID,
            "event_id": run.eventIDs.first.map { .string($0.description) }, "event_name": eventName.map(JSON.string),
            "function": owner.map { .string($0.function.slug) }, "function_id": .string(run.functionID.description),
            "function_name": owner.map { .string($0.function.config.name) },
            "function_version": .int(owner?.function.version ?? 0),
            "original_run_id": run.rerunOf.map { .string($0.description) }, "output": run.output,
            "parent_run_id": run.invokedBy.map { .string($0.run.description) }, "queued_at": time(run.createdAt),
            "run_id": .string(run.id.description), "run_started_at": time(run.startedAt ?? run.createdAt),
            "scheduled_for": time(run.scheduledFor), "started_at": run.startedAt.map(time) ?? .null,
            "status": .string(run.status.name),
        ]
    }

    /// - Parameter maximum: bytes of a value; of larger ones only the size and the beginning are told.
    static func timeline(
        _ timeline: Timeline, _ owner: FunctionAndApp?, now: Timestamp, maximum: Int = .max
    ) -> JSON {
        let steps = timeline.steps.map { step -> JSON in
            let shape: JSON = [
                "id": .string(step.id.hash), "name": .string(step.label), "position": .int(step.position),
            ]
            return shape.merging(value(step.value, as: "value", maximum))
        }
        let events = timeline.events.map { stored -> JSON in
            let shape = event(stored)
            return shape.merging(value(shape["data"] ?? .emptyObject, as: "data", maximum))
        }
        var run = run(timeline.run, owner, eventName: timeline.events.first?.event.name)
        if let output = run["output"] { run = run.merging(value(output, as: "output", maximum)) }
        return [
            "ending": Ending.json(of: timeline), "events": .array(events),
            "history": .array(timeline.history.map { history($0, maximum) }), "run": run, "steps": .array(steps),
            "waiting": .array(Blocker.all(of: timeline, owner?.function, now: now).map(\.json)),
        ]
    }

    private static func value(_ value: JSON, as name: String, _ maximum: Int) -> [String: JSON?] {
        guard value.bytes.count > maximum else { return [name: value] }
        return [
            name: JSON?.none, "\(name)_preview": .string(preview(value)), "\(name)_size": .int(value.bytes.count),
        ]
    }

    private static func history(_ entry: HistoryEntry, _ maximum: Int) -> JSON {
        let input = entry.detail["input"]
        let detail = entry.detail.merging(input.map { value($0, as: "input", maximum) } ?? [:])
        return detail.merging([
            "at": time(entry.at), "attempt": entry.attempt.map(JSON.int), "kind": .string(entry.kind.rawValue),
            "number": .int(entry.number), "step_id": entry.step.map { .string($0.hash) },
        ])
    }

    static func job(_ item: QueueItem, run: Run) -> JSON {
        [
            "attempt": .int(item.attempt), "label": .string(item.label), "queued_at": time(item.queuedAt),
            "run_id": .string(run.id.description), "scheduled_at": time(item.dueAt),
            "started_at": item.leasedAt.map(time), "status": item.lease == nil ? "Queued" : "Running",
            "step_id": item.key.step.map { .string($0.hash) },
        ]
    }

    static func app(_ app: AppRecord, functions: Int, problem: AppProblem?) -> JSON {
        [
            "error": problem.map { .string($0.description) } ?? .null,
            "error_code": problem.map { .string($0.code.rawValue) }, "framework": app.framework.map(JSON.string),
            "functions": .int(functions), "id": .string(app.id.description), "name": .string(app.name),
            "sdk": .string(app.sdk), "synced_at": time(app.syncedAt), "url": .string(app.url),
            "version": app.version.map(JSON.string),
        ]
    }

    /// An app that is expected at a URL and has never registered.
    static func missingApp(url: String, problem: AppProblem) -> JSON {
        [
            "error": .string(problem.description), "error_code": .string(problem.code.rawValue), "functions": 0,
            "id": .null, "name": .null, "url": .string(url),
        ]
    }

    static func function(_ owner: FunctionAndApp, ticks: [QueueItem]) -> JSON {
        let function = owner.function
        let triggers = function.config.triggers.map { trigger -> JSON in
            switch trigger {
            case .event(let name, let expression):
                return ["event": .string(name), "expression": expression.map(JSON.string)]
            case .cron(let expression, let jitter):
                let tick = ticks.first { $0.key == .cron(function.id, expression: expression) }
                return [
                    "cron": .string(expression), "jitter": jitter.map { .string(TimeString.format($0)) },
                    "next": tick.map { time($0.dueAt) },
                ]
            }
        }
        let shape: JSON = [
            "app": owner.app.map { .string($0.name) }, "flow_control": function.config.flow.json,
            "id": .string(function.id.description),
            "name": .string(function.config.name), "retries": .int(function.config.retries),
            "slug": .string(function.slug), "triggers": .array(triggers), "url": .string(function.config.url),
            "version": .int(function.version),
        ]
        return shape.merging(pause(of: function))
    }

    /// Null where it is not paused.
    static func pause(of function: FunctionRecord) -> [String: JSON?] {
        [
            "cancels_at": function.cancelsAt.map(time) ?? .null, "paused_at": function.pausedAt.map(time) ?? .null,
        ]
    }

    static func time(_ time: Timestamp) -> JSON { .string(time.description) }
}
