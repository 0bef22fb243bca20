import JSON

/// The body of a call from orchestrator to app: everything a function needs to go on.
package struct CallRequest: Sendable {
    /// The orchestrator's id of the function, a UUID.
    package var functionID: String
    package var runID: ULID
    package var environment: String
    /// The step to run, or nil to find out what comes next.
    package var targetStep: StepID?
    /// From 0; back to 0 after each success.
    package var attempt: Int
    package var maxAttempts: Int
    /// Finished steps in the order in which they finished.
    package var stack: [StepID]
    /// Opaque ids of this call, which checkpoints give back.
    package var queueItemID: String
    package var requestID: String
    package var jobID: String
    package var generation: Int
    /// Report steps instead of running them, for others are in flight.
    package var disableImmediateExecution: Bool
    package var events: [JSON]
    /// Memoized steps: id and value, the value as it was stored.
    package var steps: [(id: StepID, value: JSON)]
    /// What the run has already asked to be started at its end, so that the app does not ask again.
    package var defers: [(id: StepID, abortable: Bool)]
    /// What the app said in `X-Inngest-Req-Version`; -1 before the first answer.
    package var version: Int
    /// State is too big for the call: the app loads it from the API.
    package var useAPI: Bool

    package init(
        functionID: String, runID: ULID, environment: String = "dev", targetStep: StepID? = nil, attempt: Int = 0,
        maxAttempts: Int = 5, stack: [StepID] = [], queueItemID: String = "", requestID: String = "",
        jobID: String = "", generation: Int = 0, disableImmediateExecution: Bool = false, events: [JSON] = [],
        steps: [(id: StepID, value: JSON)] = [], defers: [(id: StepID, abortable: Bool)] = [], version: Int = -1,
        useAPI: Bool = false
    ) {
        self.functionID = functionID
        self.runID = runID
        self.environment = environment
        self.targetStep = targetStep
        self.attempt = attempt
        self.maxAttempts = maxAttempts
        self.stack = stack
        self.queueItemID = queueItemID
        self.requestID = requestID
        self.jobID = jobID
        self.generation = generation
        self.disableImmediateExecution = disableImmediateExecution
        self.events = events
        self.steps = steps
        self.defers = defers
        self.version = version
        self.useAPI = useAPI
    }

    /// The most that memoized steps may take in a call, in bytes; beyond it the app loads them itself.
    package static let maximumStepsSize = (4 << 20) - 1024
    /// The largest call, in bytes.
    package static let maximumSize = 4 << 20

    // MARK: Writing

    /// Assembles the body from the stored slices, in canonical form, within the size limits.
    package func encode() -> [UInt8] {
        var request = self
        let stepsSize = steps.reduce(0) { $0 + $1.value.bytes.count + $1.id.hash.utf8.count + 4 }
        if stepsSize > Self.maximumStepsSize {
            request.steps = []
            request.useAPI = true
        }
        let eventsSize = events.reduce(0) { $0 + $1.bytes.count } + (events.first?.bytes.count ?? 0)
        if eventsSize + (request.useAPI ? 0 : stepsSize) + 4096 + stack.count * 44 > Self.maximumSize {
            request.events = []
            request.steps = []
            request.useAPI = true
        }
        return request.assemble()
    }

    private func assemble() -> [UInt8] {
        var body: [UInt8] = []
        let size = events.reduce(2048) { $0 + $1.bytes.count * 2 } + steps.reduce(0) { $0 + $1.value.bytes.count + 48 }
        body.reserveCapacity(size + stack.count * 48)
        body.append(contentsOf: #"{"ctx":"#.utf8)
        body.append(contentsOf: context.bytes)
        if !defers.isEmpty {
            body.append(contentsOf: #","defers":"#.utf8)
            body.append(contentsOf: JSON.object(defers.map { ($0.id.hash, ["abortable": .bool($0.abortable)]) }).bytes)
        }
        body.append(contentsOf: #","event":"#.utf8)
        body.append(contentsOf: (events.first ?? .emptyObject).bytes)
        body.append(contentsOf: #","events":["#.utf8)
        for (index, event) in events.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(contentsOf: event.bytes)
        }
        body.append(contentsOf: #"],"steps":{"#.utf8)
        for (index, step) in steps.sorted(by: { $0.id.hash < $1.id.hash }).enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(contentsOf: JSON.string(step.id.hash).bytes)
            body.append(UInt8(ascii: ":"))
            body.append(contentsOf: step.value.bytes)
        }
        body.append(contentsOf: #"},"use_api":\#(useAPI),"version":\#(version)}"#.utf8)
        return body
    }

    private var context: JSON {
        [
            "attempt": .int(attempt), "disable_immediate_execution": .bool(disableImmediateExecution),
            "env": .string(environment), "fn_id": .string(functionID), "generation_id": .int(generation),
            "job_id": .string(jobID), "max_attempts": .int(maxAttempts), "qi_id": .string(queueItemID),
            "request_id": .string(requestID), "run_id": .string(runID.description),
            "stack": ["current": .int(stack.count), "stack": .array(stack.map { .string($0.hash) })],
            "step_id": .string(targetStep?.hash ?? "step"), "use_api": .bool(useAPI),
        ]
    }

    // MARK: Reading

    /// Reads a call.
    /// - Throws: ``InvalidCall``, which names the field at fault.
    package init(_ json: JSON) throws(InvalidCall) {
        guard let context = json["ctx"], context.kind == .object else {
            throw InvalidCall("ctx: an object is expected")
        }
        guard let runID = context["run_id"]?.string.flatMap(ULID.init) else {
            throw InvalidCall("ctx.run_id: a ULID is expected")
        }
        let events = json["events"].map { Array($0.elements) } ?? []
        let stack = context["stack"]?["stack"]?.elements.compactMap { $0.string.map(StepID.init(hash:)) } ?? []
        let step = context["step_id"]?.string
        self.init(
            functionID: context["fn_id"]?.string ?? "", runID: runID, environment: context["env"]?.string ?? "",
            targetStep: step == nil || step == "step" ? nil : step.map(StepID.init(hash:)),
            attempt: context["attempt"]?.int ?? 0, maxAttempts: context["max_attempts"]?.int ?? 5, stack: stack,
            queueItemID: context["qi_id"]?.string ?? "", requestID: context["request_id"]?.string ?? "",
            jobID: context["job_id"]?.string ?? "", generation: context["generation_id"]?.int ?? 0,
            disableImmediateExecution: context["disable_immediate_execution"]?.bool ?? false,
            events: events.isEmpty ? json["event"].map { [$0] } ?? [] : events,
            steps: json["steps"]?.members.map { (StepID(hash: $0.key), $0.value) } ?? [],
            defers: json["defers"]?.members.map {
                (StepID(hash: $0.key), $0.value["abortable"]?.bool ?? false)
            } ?? [],
            version: json["version"]?.int ?? -1,
            useAPI: json["use_api"]?.bool ?? context["use_api"]?.bool ?? false)
        guard useAPI || !self.events.isEmpty else { throw InvalidCall("event: missing") }
    }
}

/// A call that breaks the protocol.
package struct InvalidCall: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
