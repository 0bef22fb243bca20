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
    private static let noID: JSON = "00000000-0000-0000-0000-000000000000"

    static func event(_ stored: StoredEvent) -> JSON {
        let event = stored.event
        return event.json.merging([
            "account_id": noID, "environment_id": noID, "internal_id": .string(event.internalID.description),
            "received_at": time(stored.receivedAt), "source": "", "source_id": .null,
        ])
    }

    static func run(_ run: Run, _ owner: FunctionAndApp?, eventName: String?) -> JSON {
        [
            "app": owner?.app.map { .string($0.name) }, "cron": run.cron.map(JSON.string),
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

    static func timeline(_ timeline: Timeline, _ owner: FunctionAndApp?, now: Timestamp) -> JSON {
        let steps = timeline.steps.map { step -> JSON in
            [
                "id": .string(step.id.hash), "name": .string(step.label), "position": .int(step.position),
                "value": step.value,
            ]
        }
        return [
            "events": .array(timeline.events.map(event)), "history": .array(timeline.history.map(history)),
            "run": run(timeline.run, owner, eventName: timeline.events.first?.event.name), "steps": .array(steps),
            "waiting": .array(Blocker.all(of: timeline, owner?.function, now: now).map(\.json)),
        ]
    }

    private static func history(_ entry: HistoryEntry) -> JSON {
        entry.detail.merging([
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

    static func app(_ app: AppRecord, functions: Int, problem: String?) -> JSON {
        [
            "error": problem.map(JSON.string) ?? .null, "framework": app.framework.map(JSON.string),
            "functions": .int(functions), "id": .string(app.id.description), "name": .string(app.name),
            "sdk": .string(app.sdk), "synced_at": time(app.syncedAt), "url": .string(app.url),
            "version": app.version.map(JSON.string),
        ]
    }

    /// An app that is expected at a URL and has never registered.
    static func missingApp(url: String, problem: String) -> JSON {
        ["error": .string(problem), "functions": 0, "id": .null, "name": .null, "url": .string(url)]
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
        return [
            "app": owner.app.map { .string($0.name) }, "id": .string(function.id.description),
            "name": .string(function.config.name), "retries": .int(function.config.retries),
            "slug": .string(function.slug), "triggers": .array(triggers), "url": .string(function.config.url),
            "version": .int(function.version),
        ]
    }

    static func time(_ time: Timestamp) -> JSON { .string(time.description) }
}
