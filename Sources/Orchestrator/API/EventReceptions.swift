import Engine
import JSON
import Wire

/// What came of an event for each function that it matched, in the words of the API.
enum EventReceptions {
    static func json(of outcome: EventOutcome, functions: [NameUUID: APIShapes.FunctionAndApp]) -> JSON {
        func slug(_ id: NameUUID) -> JSON { .string(functions[id]?.function.slug ?? id.description) }
        let stopped = outcome.event.decisions.map { decision in
            self.stopped(decision, outcome.collections).merging(["function": slug(decision.function)])
        }
        let decided = Set(outcome.event.decisions.map(\.function))
        // A run that was started again is no further reception of the event.
        let started = outcome.runs.filter { $0.rerunOf == nil && !decided.contains($0.functionID) }.map { run in
            started(run, "started the run \(run.id)").merging(["function": slug(run.functionID)])
        }
        return .array(started + stopped)
    }

    private static func started(_ run: Run, _ text: String) -> JSON {
        [
            "run_id": .string(run.id.description), "status": .string(run.status.name), "text": .string(text),
        ]
    }

    private static func stopped(_ decision: Decision, _ collections: [ULID: EventOutcome.Collection]) -> JSON {
        let fields: [String: JSON?] = ["gate": .string(decision.gate.rawValue), "state": decision.state]
        switch decision.batch.flatMap({ collections[$0] }) {
        case .started(let run)?:
            let how = decision.gate == .batch ? "batched" : "debounced"
            return started(run, "\(how): the run \(run.id) was started").merging(fields)
        case .open(let until)?:
            let state = decision.state.merging(["until": APIShapes.time(until)])
            let now = Decision(function: decision.function, gate: decision.gate, state: state)
            return ["text": .string(now.text)].merging(fields).merging(["state": state])
        case nil:
            return ["run_id": decision.run.map { .string($0.description) }, "text": .string(decision.text)]
                .merging(fields)
        }
    }
}
