import JSON
import Wire

/// Starts a run's function again with the same events: from the beginning, or from one of its steps.
package struct RerunRun: Command {
    private let id: ULID
    private let start: StepID?
    private let input: JSON?

    /// - Parameters:
    ///   - start: the first step that runs again; what finished before it is taken over. Nil for all.
    ///   - input: a list of arguments for that step instead of those in the code.
    package init(_ id: ULID, from start: StepID? = nil, input: JSON? = nil) {
        self.id = id
        self.start = start
        self.input = input
    }

    /// - Returns: the new run.
    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> ULID {
        guard let run = try transaction.run(id) else {
            throw Refusal(.notFound, "there is no run \(id)")
        }
        guard input == nil || (start != nil && input?.kind == .array) else {
            throw Refusal(.invalid, "from_step.input: a list of arguments is expected")
        }
        let kept = try start.map { try stepsBefore($0, of: run, transaction) }
        let new = try transaction.repeatRun(run)
        if let start, let kept { try take(kept, from: start, into: new, transaction) }
        return new
    }

    /// A step that has not finished comes after all that have.
    private func stepsBefore(_ step: StepID, of run: Run, _ transaction: Transaction) throws -> [Step] {
        let steps = try transaction.steps(of: run.id)
        return Array(steps.prefix { $0.id != step })
    }

    private func take(_ kept: [Step], from start: StepID, into new: ULID, _ transaction: Transaction) throws {
        guard var run = try transaction.run(new) else { return }
        for step in kept {
            guard try transaction.memoize(step.id, of: &run, label: step.label, value: step.value) else { return }
        }
        if let input { transaction.insert(StepInput(key: StepKey(run: new, step: start), input: input)) }
        transaction.record(.runRerun, &run, step: start, detail: ["input": input, "steps_kept": .int(kept.count)])
        transaction.update(run)
    }
}
