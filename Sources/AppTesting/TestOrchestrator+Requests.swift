import AppSDK
import Engine
import JSON
import Stores
import Wire

// What an app asks of its orchestrator while a call is open.
extension TestOrchestrator {
    /// Takes events in without running what they start: for steps that send them.
    func take(in events: [JSON], seed: ULID?) throws -> [String] {
        let outcome = try execute(IngestEvents(events, seed: seed))
        if let error = outcome.error { throw TestFailure("an event is refused: \(error)") }
        return outcome.ids.map(\.description)
    }

    /// The state of a run, for an app whose call was too small for it.
    func state(of run: ULID) throws -> (events: JSON, steps: JSON) {
        let queries = Queries(store)
        let events = try queries.run(run).map { try queries.events($0.eventIDs) } ?? []
        return (
            .array(events.map(\.event.json)), .object(try queries.steps(of: run).map { ($0.id.hash, $0.value) })
        )
    }

    /// Sends a signal without running what goes on by it: for steps that send one. Returns the run.
    func take(signal: String, data: JSON) throws -> String? {
        try execute(SendSignal(signal, data: data))?.description
    }

    /// Stores steps that an app reports while its function goes on.
    ///
    /// - Throws: `Refusal`.
    func checkpoint(_ body: JSON, run: ULID) throws {
        let ops = try (body["steps"] ?? .emptyArray).elements.map { try Op($0) }
        let command = Checkpoint(
            run: run, function: body["fn_id"]?.string, lease: body["qi_id"]?.string.flatMap(ULID.init), ops: ops)
        _ = try self.run([command])[0].get()
    }

    /// A test makes no requests to the world: what the orchestrator is to fetch comes from stubs.
    func answer(_ fetch: Fetch) throws -> FinishFetch {
        let slug = try fetch.key.run.flatMap { try testRun($0)?.function } ?? ""
        let outcome: FetchOutcome
        switch stubs.result(function: slug, step: fetch.label) {
        case .success(let data): outcome = .data(data)
        case .failure(let error):
            let retriable = !(error is NonRetriableError)
            outcome = .failed(ReportedError(describing: error), retriable: retriable, retryAfter: nil)
        case nil:
            let error = ReportedError(
                name: fetch.request.purpose == .inference ? "AIGatewayError" : "GatewayError",
                message: "a test makes no requests: give the step '\(fetch.label)' a result with stub(_:returning:)")
            outcome = .failed(error, retriable: false, retryAfter: nil)
        }
        return FinishFetch(fetch.key, lease: fetch.lease, outcome: outcome)
    }
}
