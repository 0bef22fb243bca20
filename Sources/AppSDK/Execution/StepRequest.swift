import JSON
import Wire

/// What a function asks for when it calls a step.
struct StepRequest: Sendable {
    /// The id that the developer gave.
    var id: String
    var kind: StepInfo.Kind
    /// The legacy place of a sleep's duration and of a wait's event, which orchestrators read.
    var name: String?
    var options: JSON
}

/// A step call of a function, with its place in the run.
struct StepCall: Sendable {
    let request: StepRequest
    let stepID: StepID
    /// 0 for the first use of the id, n for its nth repeat.
    let repetition: Int
    /// What a rerun gives the step instead of its own input.
    var replacedInput: [JSON]?

    /// The report of a step that is found, not run.
    var discovered: Op {
        let code: Op.Code =
            switch request.kind {
            case .run: .stepPlanned
            case .sleep: .sleep
            case .waitForEvent: .waitForEvent
            case .waitForSignal: .waitForSignal
            case .invoke: .invokeFunction
            case .fetch: .gateway
            case .infer: .aiGateway
            }
        return op(code)
    }

    /// A report about the step.
    func op(_ code: Op.Code, data: JSON? = nil, error: JSON? = nil, timing: JSON? = nil) -> Op {
        Op(
            code, id: stepID, name: request.name ?? request.id, displayName: request.id, options: request.options,
            data: data, error: error,
            userland: ["id": .string(request.id), "index": repetition == 0 ? nil : .int(repetition)], timing: timing)
    }
}
