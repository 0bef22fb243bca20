import JSON
import Wire

@testable import AppSDK

/// Plays the orchestrator for one run: keeps what is finished, and calls the app.
struct Rehearsal {
    let app: App
    let function: String
    var event: JSON
    var runID = ULID(time: Timestamp(milliseconds: 1_700_000_000_000), random: 7)
    var stack: [StepID] = []
    var steps: [StepID: JSON] = [:]
    var attempt = 0
    var maxAttempts = 5
    /// Empty for a queue item that can't be checkpointed.
    var queueItemID = ""
    var defers: [(id: StepID, abortable: Bool)] = []

    init(
        _ function: any DurableFunction, event: any EventPayload = Started(value: 1),
        configure: (inout Configuration) -> Void = { _ in }
    ) throws {
        var configuration = Configuration(mode: .dev, environment: [:])
        configuration.targetPatience = .zero
        configuration.clock = { Timestamp(milliseconds: 1_700_000_000_000) }
        configure(&configuration)
        app = try App("app", configuration: configuration) { function }
        self.function = "app-\(function.id)"
        self.event = [
            "data": try JSON(encoding: event), "id": "e1", "name": .string(type(of: event).eventName),
            "ts": 1_700_000_000_000, "user": [:],
        ]
    }

    func request(target: StepID? = nil, planOnly: Bool = false) -> CallRequest {
        CallRequest(
            functionID: "f", runID: runID, targetStep: target, attempt: attempt, maxAttempts: maxAttempts, stack: stack,
            queueItemID: queueItemID, requestID: "r1", generation: 3, disableImmediateExecution: planOnly,
            events: [event], steps: steps.map { ($0.key, $0.value) }, defers: defers)
    }

    /// One call, as the app answers it.
    func response(target: StepID? = nil, planOnly: Bool = false) async -> CallResponse {
        await app.answer(request(target: target, planOnly: planOnly).encode(), function: function)
    }

    /// One call, as the orchestrator understands the answer.
    func call(target: StepID? = nil, planOnly: Bool = false) async -> CallOutcome {
        await response(target: target, planOnly: planOnly).interpret()
    }

    /// The ops of a call; empty for any other outcome.
    func ops(target: StepID? = nil, planOnly: Bool = false) async -> [Op] {
        if case .ops(let ops, _) = await call(target: target, planOnly: planOnly) { ops } else { [] }
    }

    /// Remembers a step's result, in the shape in which the orchestrator stores it.
    mutating func remember(_ id: StepID, _ memo: JSON) {
        stack.append(id)
        steps[id] = memo
    }

    mutating func remember(_ id: String, _ memo: JSON) { remember(StepID(id), memo) }

    /// Calls until the run ends: steps run as they are planned, sleeps end, waits time out.
    mutating func finish() async -> CallOutcome {
        for _ in 0..<200 {
            let outcome = await call()
            guard case .ops(let ops, _) = outcome else { return outcome }
            for op in ops where steps[op.id] == nil { await settle(op) }
        }
        return .failed(
            ReportedError(name: "Rehearsal", message: "200 calls were not enough"), retriable: false, retryAfter: nil)
    }

    private mutating func settle(_ op: Op) async {
        switch op.code {
        case .stepRun: remember(op.id, ["data": op.data ?? .null])
        case .stepFailed, .stepError: remember(op.id, ["error": op.error ?? .null])
        case .stepPlanned: for op in await ops(target: op.id) { await settle(op) }
        default: remember(op.id, .null)
        }
    }
}

/// The event of most tests.
struct Started: EventPayload {
    static let eventName = "test/started"
    var value: Int
}

extension CallOutcome {
    var returned: JSON? { if case .returned(let value) = self { value } else { nil } }
    var failure: ReportedError? { if case .failed(let error, _, _) = self { error } else { nil } }
    var isRetriable: Bool? { if case .failed(_, let retriable, _) = self { retriable } else { nil } }
}
