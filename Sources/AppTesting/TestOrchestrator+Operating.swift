import AppSDK
import Engine
import JSON
import Wire

// What an operator, or another program, does to runs.
extension TestOrchestrator {
    /// Starts a run again with the same events. Returns the new run.
    public func rerun(_ run: TestRun) async throws -> TestRun {
        try await rerun(RerunRun(try ulid(run.id)))
    }

    /// Starts a run again from one of its steps. What finished before the step is taken over.
    ///
    /// - Parameters:
    ///   - step: the step's id, as the function gives it.
    ///   - input: what the step gets instead of the input in the code; it must be one of those that take `input:`.
    /// - Returns: the new run.
    public func rerun(
        _ run: TestRun, from step: String, input: some Encodable & Sendable
    ) async throws -> TestRun {
        try await rerun(RerunRun(try ulid(run.id), from: StepID(step), input: .array([try JSON(encoding: input)])))
    }

    /// Starts a run again from one of its steps. What finished before the step is taken over.
    ///
    /// - Parameter step: the step's id, as the function gives it.
    /// - Returns: the new run.
    public func rerun(_ run: TestRun, from step: String) async throws -> TestRun {
        try await rerun(RerunRun(try ulid(run.id), from: StepID(step)))
    }

    private func rerun(_ command: RerunRun) async throws -> TestRun {
        let id = try execute(command)
        try await settle()
        guard let new = try testRun(id) else { throw TestFailure("there is no run \(id)") }
        return new
    }

    /// Sends a signal, and runs what goes on by it.
    ///
    /// - Returns: the id of the run that goes on; nil where none waits for the name.
    @discardableResult
    public func sendSignal(_ name: String, data: some Encodable & Sendable) async throws -> String? {
        let run = try take(signal: name, data: try JSON(encoding: data))
        try await settle()
        return run
    }
}
