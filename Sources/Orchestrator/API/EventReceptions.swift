import Engine
import JSON
import Wire

/// What came of an event for each function that it matched, in the words of the API.
enum EventReceptions {
    static func json(of outcome: EventOutcome, functions: FunctionNames) -> JSON {
        let decided = Set(outcome.event.decisions.map(\.function))
        var receptions: [JSON] = []
        // A run that was started again is no further reception of the event.
        for run in outcome.runs where run.rerunOf == nil && !decided.contains(run.functionID) {
            let reception = started(run, "started the run \(run.id)")
            receptions.append(named(reception, run.functionID, functions))
        }
        for decision in outcome.event.decisions {
            let batch = decision.batch
            let reception = stopped(
                decision, batch.flatMap { outcome.collections[$0] }, later: batch.flatMap { outcome.laterEvents[$0] })
            receptions.append(named(reception, decision.function, functions))
        }
        return .array(receptions)
    }

    private static func named(
        _ reception: JSON, _ function: NameUUID, _ functions: FunctionNames
    ) -> JSON {
        let slug = functions[function]?.function.slug ?? function.description
        return reception.merging(["function": .string(slug)])
    }

    private static func started(_ run: Run, _ text: String) -> JSON {
        ["run_id": .string(run.id.description), "status": .string(run.status.name), "text": .string(text)]
    }

    /// - Parameter later: the event that a debounce took in the place of this one.
    private static func stopped(
        _ decision: Decision, _ collection: EventOutcome.Collection?, later: ULID?
    ) -> JSON {
        var (gate, state) = (decision.gate, decision.state)
        let taken = later.map { ": the later event \($0) took its place" } ?? ""
        let how = (gate == .batch ? "batched" : "debounced") + taken
        let reception: JSON
        switch collection {
        case .started(let run)?:
            let start = later == nil ? ": the run \(run.id) was started" : " and started the run \(run.id)"
            reception = started(run, how + start)
        case .stopped(let run, let stop)?:
            (gate, state) = (stop.gate, stop.state)
            reception = started(run, "\(how), then \(stop.text)")
        case .open(let until)?:
            // A later event may have moved it since.
            state = state.merging(["until": APIShapes.time(until)])
            let present = Decision(function: decision.function, gate: decision.gate, state: state)
            reception = ["text": .string(later == nil ? present.text : how)]
        case nil where decision.batch != nil:
            // Only a run that was started again has kept the event.
            reception = ["text": .string("\(how): what came of it is no longer kept")]
        case nil:
            reception = ["run_id": decision.run.map { .string($0.description) }, "text": .string(decision.text)]
        }
        return reception.merging([
            "gate": .string(gate.rawValue), "later_event": later.map { .string($0.description) }, "state": state,
        ])
    }
}
