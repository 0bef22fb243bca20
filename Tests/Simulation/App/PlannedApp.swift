import JSON
import Wire

/// Answers calls for a ``Plan`` as an SDK does: replays what is memoized, runs the next step if it is the only one
/// and may be run at once, and reports the others.
package struct PlannedApp {
    var steps: [Plan]
    /// Whether a step that failed for good is caught by the function; if not, it fails the function.
    var catches = true
    var output: JSON = "done"

    package init(steps: [Plan], catches: Bool = true, output: JSON = "done") {
        self.steps = steps
        self.catches = catches
        self.output = output
    }

    /// - Parameter ran: told about each step whose code ran.
    package func answer(_ request: CallRequest, ran: (StepID) -> Void = { _ in }) -> CallOutcome {
        var walk = Walk(memo: Dictionary(request.steps.map { ($0.id, $0.value) }) { $1 }, catches: catches)
        let isDone = walk.sequence(steps, isRace: false)
        if let error = walk.uncaught {
            return .failed(error, retriable: false, retryAfter: nil)
        }
        if let target = request.targetStep {
            guard let found = walk.found.first(where: { $0.id == target }) else {
                return .failed(
                    ReportedError(name: "StepNotFound", message: "\(target)"), retriable: true, retryAfter: nil)
            }
            ran(found.id)
            return .ops([found.executed(attempt: request.attempt)], retryAfter: nil)
        }
        if isDone { return .returned(output) }
        if walk.found.count == 1, let only = walk.found.first, only.isRunnable, !request.disableImmediateExecution {
            ran(only.id)
            return .ops([only.executed(attempt: request.attempt)], retryAfter: nil)
        }
        return .ops(walk.found.map(\.reported), retryAfter: nil)
    }
}

/// One replay of a plan over what is memoized.
private struct Walk {
    let memo: [StepID: JSON]
    let catches: Bool
    var found: [FoundStep] = []
    var uncaught: ReportedError?

    /// Whether all of it is done.
    mutating func sequence(_ steps: [Plan], isRace: Bool) -> Bool {
        for step in steps {
            guard uncaught == nil, one(step, isRace: isRace) else { return false }
        }
        return true
    }

    private mutating func one(_ step: Plan, isRace: Bool) -> Bool {
        switch step {
        case .all(let branches):
            return branches.map { sequence($0, isRace: false) }.allSatisfy { $0 }
        case .race(let branches):
            return branches.map { sequence($0, isRace: true) }.contains(true)
        default:
            guard let new = FoundStep(step, isRace: isRace) else { return true }
            // What a rerun gives a step to start from is no result.
            guard let value = memo[new.id], value["input"] == nil else {
                found.append(new)
                return false
            }
            if !catches, let error = value["error"] { uncaught = uncaught ?? ReportedError(error) }
            return uncaught == nil
        }
    }
}

/// A step that a replay has come to and that is not memoized.
private struct FoundStep {
    let plan: Plan
    let name: String
    let isRace: Bool
    var id: StepID { StepID(name) }

    init?(_ plan: Plan, isRace: Bool) {
        switch plan {
        case .run(let name, _), .fail(let name), .sleep(let name, _), .wait(let name, _, _, _), .invoke(let name, _, _),
            .signal(let name, _, _, _), .fetch(let name):
            self.name = name
        case .all, .race: return nil
        }
        self.plan = plan
        self.isRace = isRace
    }

    var isRunnable: Bool {
        switch plan {
        case .run, .fail: true
        default: false
        }
    }

    func executed(attempt: Int) -> Op {
        let error: JSON = ["message": "did not work", "name": "TestError"]
        switch plan {
        case .run(_, let failing) where attempt < failing:
            return Op(.stepError, id: id, displayName: name, error: error)
        case .fail:
            return Op(.stepFailed, id: id, displayName: name, error: error)
        default:
            return Op(.stepRun, id: id, displayName: name, data: ["ran": .string(name)])
        }
    }

    var reported: Op {
        let mode: JSON? = isRace ? "race" : nil
        switch plan {
        case .sleep(_, let duration):
            return Op(.sleep, id: id, name: duration, displayName: name, options: ["parallelMode": mode])
        case .wait(_, let event, let condition, let timeout):
            return Op(
                .waitForEvent, id: id, name: event, displayName: name,
                options: [
                    "if": condition.map(JSON.string), "parallelMode": mode, "timeout": timeout.map(JSON.string),
                ])
        case .invoke(_, let function, let timeout):
            return Op(
                .invokeFunction, id: id, displayName: name,
                options: [
                    "function_id": .string(function), "parallelMode": mode,
                    "payload": ["data": ["from": .string(name)]],
                    "timeout": timeout.map(JSON.string),
                ])
        case .signal(_, let signal, let replaces, let timeout):
            return Op(
                .waitForSignal, id: id, displayName: name,
                options: [
                    "conflict": replaces ? "replace" : nil, "parallelMode": mode, "signal": .string(signal),
                    "timeout": timeout.map(JSON.string),
                ])
        case .fetch:
            return Op(
                .gateway, id: id, displayName: name, options: ["parallelMode": mode, "url": "http://elsewhere/"])
        default:
            return Op(.stepPlanned, id: id, displayName: name, options: ["parallelMode": mode])
        }
    }
}
