import Engine
import JSON
import Wire

/// The engine's rows in the shapes of REST v2.
enum V2Shapes {
    static func run(_ run: Run, _ function: FunctionRecord?, _ app: AppRecord?) -> JSON {
        [
            "app": app.map { ["id": .string($0.name)] }, "cron": run.cron.map(JSON.string),
            "endedAt": run.endedAt.map(APIShapes.time) ?? .null,
            "eventIds": .array(run.eventIDs.map { .string($0.description) }),
            "function": [
                "id": .string(run.functionID.description), "name": function.map { .string($0.config.name) },
                "slug": function.map { .string($0.slug) }, "version": function.map { .int($0.version) },
            ],
            "id": .string(run.id.description), "originalRunId": run.rerunOf.map { .string($0.description) },
            "output": run.output, "queuedAt": APIShapes.time(run.createdAt),
            "startedAt": run.startedAt.map(APIShapes.time) ?? .null, "status": .string(run.status.name.uppercased()),
        ]
    }

    static func app(_ app: AppRecord, functions: Int, problem: AppProblem?) -> JSON {
        [
            "error": problem.map { ["code": .string($0.code.rawValue), "message": .string($0.description)] } ?? .null,
            "framework": app.framework.map(JSON.string), "functionCount": .int(functions), "id": .string(app.name),
            "internalId": .string(app.id.description), "sdk": .string(app.sdk),
            "syncedAt": APIShapes.time(app.syncedAt), "url": .string(app.url), "version": app.version.map(JSON.string),
        ]
    }

    static func function(_ function: FunctionRecord, _ app: AppRecord) -> JSON {
        let triggers = function.config.triggers.map { trigger -> JSON in
            switch trigger {
            case .event(let name, let expression): ["event": .string(name), "if": expression.map(JSON.string)]
            case .cron(let expression, _): ["cron": .string(expression)]
            }
        }
        return [
            "app": ["id": .string(app.name)], "id": .string(function.id.description),
            "name": .string(function.config.name), "retries": .int(function.config.retries),
            "slug": .string(function.slug), "triggers": .array(triggers), "url": .string(function.config.url),
            "version": .int(function.version),
        ]
    }

    // MARK: Trace

    /// The run as a span, with one for each of its steps.
    static func trace(_ timeline: Timeline) -> JSON {
        let run = timeline.run
        var spans: [StepID: Span] = [:]
        var order: [StepID] = []
        for entry in timeline.history {
            guard let step = entry.step, entry.kind != .metadata else { continue }
            if spans[step] == nil { order.append(step) }
            spans[step, default: Span(id: step, queuedAt: entry.at)].read(entry)
        }
        let values = Dictionary(timeline.steps.map { ($0.id, $0.value) }) { first, _ in first }
        return [
            "runId": .string(run.id.description),
            "rootSpan": [
                "children": .array(order.compactMap { spans[$0]?.json(value: values[$0], hasEnded: run.hasEnded) }),
                "endedAt": run.endedAt.map(APIShapes.time) ?? .null, "name": "function",
                "queuedAt": APIShapes.time(run.createdAt),
                "startedAt": run.startedAt.map(APIShapes.time) ?? .null,
                "status": .string(run.status.name.uppercased()),
            ],
        ]
    }

    private struct Span {
        let id: StepID
        let queuedAt: Timestamp
        var name: String?
        var operation = "RUN"
        var status = "QUEUED"
        var startedAt: Timestamp?
        var endedAt: Timestamp?
        var attempts = 0

        init(id: StepID, queuedAt: Timestamp) {
            self.id = id
            self.queuedAt = queuedAt
        }

        mutating func read(_ entry: HistoryEntry) {
            name = name ?? entry.detail["label"]?.string
            if let attempt = entry.attempt { attempts = max(attempts, attempt + 1) }
            switch entry.kind {
            case .sleepStarted: wait("SLEEP", entry)
            case .waitStarted: wait("WAIT_FOR_EVENT", entry)
            case .signalAwaited: wait("WAIT_FOR_SIGNAL", entry)
            case .invokeStarted: wait("INVOKE", entry)
            case .call: startedAt = startedAt ?? entry.detail["started_at"]?.string.flatMap { Timestamp(rfc3339: $0) }
            case .stepErrored: status = "RUNNING"
            case .stepFailed: end("FAILED", entry)
            case .stepCompleted, .sleepEnded, .waitMatched, .waitTimedOut, .signalReceived, .signalTimedOut,
                .invokeEnded:
                end("COMPLETED", entry)
            case .invokeTimedOut: end("FAILED", entry)
            default: break
            }
        }

        private mutating func wait(_ operation: String, _ entry: HistoryEntry) {
            self.operation = operation
            status = "WAITING"
            startedAt = entry.at
        }

        private mutating func end(_ status: String, _ entry: HistoryEntry) {
            self.status = status
            startedAt = startedAt ?? entry.at
            endedAt = entry.at
        }

        func json(value: JSON?, hasEnded: Bool) -> JSON {
            [
                "attempts": .int(attempts), "endedAt": endedAt.map(APIShapes.time) ?? .null,
                "name": .string(name ?? id.hash), "output": value, "queuedAt": APIShapes.time(queuedAt),
                "startedAt": startedAt.map(APIShapes.time) ?? .null,
                "status": .string(hasEnded && endedAt == nil ? "CANCELLED" : status), "stepId": .string(id.hash),
                "stepOp": .string(operation),
            ]
        }
    }
}
