import JSON
import Wire

/// Takes in a run that an HTTP endpoint of an app has begun by itself, with the steps that it has done so far.
///
/// The endpoint goes on while its client waits. It keeps the run to itself as long as it reports: a call of the
/// endpoint is queued for the time after which it is taken for dead, and each report puts it off.
package struct BeginEndpointRun: Command {
    private let id: ULID
    private let event: JSON
    private let ops: [Op]
    private let retries: Int
    private let requestVersion: Int

    /// - Parameters:
    ///   - id: made by the endpoint.
    ///   - event: `inngest/http.request`, with the request in its data.
    package init(id: ULID, event: JSON, ops: [Op], retries: Int, requestVersion: Int) {
        self.id = id
        self.event = event
        self.ops = ops
        self.retries = retries
        self.requestVersion = requestVersion
    }

    package struct Outcome: Sendable {
        package let app: NameUUID
        package let function: NameUUID
    }

    package func name(in footprint: inout Footprint) { footprint.runs.insert(id) }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> Outcome {
        guard try transaction.run(id) == nil else { throw Refusal(.conflict, "run \(id) exists already") }
        guard event["name"]?.string == InternalEvent.httpRequest else {
            throw Refusal(.invalid, "event.name: '\(InternalEvent.httpRequest)' is expected")
        }
        let endpoint: Endpoint
        do { endpoint = try Endpoint(event["data"] ?? .null) } catch { throw Refusal(.invalid, "event.data.\(error)") }
        let function = try register(endpoint, transaction)
        let received = Event(
            internalID: transaction.newID(), name: InternalEvent.httpRequest, data: event["data"] ?? .emptyObject,
            time: transaction.now)
        transaction.insert(received)
        transaction.store(received, [])
        var run = Run(
            id: id, functionID: function.id, eventIDs: [received.internalID], createdAt: transaction.now,
            scheduledFor: transaction.now)
        run.requestVersion = requestVersion
        run.status = .running
        run.startedAt = transaction.now
        transaction.record(.runQueued, &run, detail: ["event": .string(received.name)])
        transaction.record(.runStarted, &run)
        transaction.insert(run)
        let item = QueueItem(
            key: .run(id), work: .discover, functionID: function.id, label: function.config.name,
            queuedAt: transaction.now, dueAt: transaction.now + Limits.endpointPatience)
        var answer = Answer(item: item, run: run, transaction: transaction, settings: settings, status: nil)
        try answer.reportFromEndpoint(ops)
        return Outcome(app: function.appID, function: function.id)
    }

    /// An endpoint is a function of an app that has the name of its domain. Both come with their first run.
    private func register(_ endpoint: Endpoint, _ transaction: Transaction) throws -> FunctionRecord {
        let appID = NameUUID(naming: "app:\(endpoint.domain)")
        let id = NameUUID(naming: "function:\(endpoint.domain):\(endpoint.slug)")
        let config: FunctionConfig
        do { config = try FunctionConfig(endpoint.registration(retries: retries)) } catch {
            throw Refusal(.invalid, error.description)
        }
        let known = transaction.catalog.functions[id]
        if let known, known.archivedAt == nil {
            if let pausedAt = known.pausedAt {
                throw Refusal(.conflict, "the endpoint '\(known.slug)' is paused since \(pausedAt); resume it first")
            }
            if known.config == config { return known }
        }
        guard known != nil || transaction.catalog.functions(of: appID).count < Limits.functionsPerApp else {
            throw Refusal(
                .conflict,
                "\(endpoint.domain) has \(Limits.functionsPerApp) endpoints; give those whose paths carry ids a name "
                    + "of their own (event.data.fn)")
        }
        if transaction.catalog.apps[appID] == nil {
            transaction.put(
                AppRecord(
                    id: appID, name: endpoint.domain, url: endpoint.origin, sdk: "", framework: nil, version: nil,
                    checksum: "", syncedAt: transaction.now))
        }
        let function = FunctionRecord(
            id: id, appID: appID, config: config, version: (known?.version ?? 0) + 1, archivedAt: nil)
        try transaction.replace(function)
        return function
    }
}

/// Takes in further steps of a run that an HTTP endpoint does by itself.
package struct ReportEndpointSteps: Command {
    private let run: ULID
    private let function: String?
    private let ops: [Op]

    package init(run: ULID, function: String?, ops: [Op]) {
        self.run = run
        self.function = function
        self.ops = ops
    }

    package func name(in footprint: inout Footprint) {
        footprint.runs.insert(run)
        footprint.queueItems.insert(.run(run))
        footprint.steps.formUnion(ops.map { StepKey(run: run, step: $0.id) })
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws {
        guard let known = try transaction.run(run) else { throw Refusal(.notFound, "there is no run \(run)") }
        guard function == nil || function == known.functionID.description else {
            throw Refusal(.invalid, "fn_id: run \(run) is not of this function")
        }
        guard transaction.catalog.functions[known.functionID]?.config.isEndpoint == true else {
            throw Refusal(.invalid, "run \(run) is not the run of an endpoint")
        }
        guard !known.hasEnded, let item = try transaction.queueItem(.run(run)), item.lease == nil, item.attempt == 0
        else { throw Refusal(.conflict, "run \(run) has ended, or goes on in calls of the endpoint by now") }
        var answer = Answer(item: item, run: known, transaction: transaction, settings: settings, status: nil)
        try answer.reportFromEndpoint(ops)
    }
}

extension Answer {
    /// Applies what an endpoint reports while its client waits.
    mutating func reportFromEndpoint(_ ops: [Op]) throws {
        transaction.removeQueueItem(item.key)
        _ = try apply(Self.inOrderOfWork(ops), retryAfter: nil)
        if run.hasEnded { return }
        if run.pending > 1 { run.forcePlan = true }
        // Nothing is in flight: the endpoint goes on by itself, and is called when it is not heard of any more; or it
        // has stopped for a step that did not have to wait.
        if run.pending == 0, try transaction.queueItem(item.key) == nil {
            var next = item
            next.queuedAt = transaction.now
            next.dueAt = transaction.now + (ops.allSatisfy(\.isCheckpoint) ? Limits.endpointPatience : .zero)
            transaction.put(next)
        }
        transaction.update(run)
    }
}
