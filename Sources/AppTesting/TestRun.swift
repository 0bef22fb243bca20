import Engine
import Foundation
import JSON
import Wire

/// A run as it stood when it was asked for.
public struct TestRun: Sendable {
    /// Its id.
    public let id: String
    /// `<app id>-<function id>`.
    public let function: String
    /// How it stands.
    public let status: Status
    /// The finished steps in the order in which they finished.
    public let steps: [TestStep]
    /// Why a failed run failed.
    public let failure: TestError?
    /// When it ended.
    public let endedAt: Date?
    /// How often the app was called for it.
    public let callCount: Int
    private let output: JSON?

    /// How a run stands.
    public enum Status: String, Sendable {
        /// Not begun: its event's time lies ahead.
        case queued
        /// Begun, and not ended: it may sleep or wait.
        case running
        /// The function returned.
        case completed
        /// The function threw, or attempts ran out.
        case failed
        /// Ended from outside.
        case cancelled
        /// Never begun: the function was paused, or a run of a singleton was under way.
        case skipped
    }

    init(_ timeline: Timeline, slug: String) {
        let run = timeline.run
        id = run.id.description
        function = slug
        status = Status(rawValue: run.status.name.lowercased()) ?? .failed
        steps = timeline.steps.map(TestStep.init)
        failure = run.status == .failed ? run.output.map { TestError(ReportedError($0)) } : nil
        output = run.output
        endedAt = run.endedAt.map { Date(timeIntervalSince1970: Double($0.milliseconds) / 1000) }
        callCount = timeline.history.count { $0.kind == .call }
    }

    /// The ids of the finished steps, in the order in which they finished.
    public var stepNames: [String] { steps.map(\.name) }

    /// A finished step by its id.
    public func step(_ name: String) -> TestStep? { steps.first { $0.name == name } }

    /// What the function returned.
    /// - Throws: ``TestFailure`` where it has not, `DecodingError` where it is something else.
    public func output<Output: Decodable>(as type: Output.Type = Output.self) throws -> Output {
        guard status == .completed, let output else { throw TestFailure("the run is \(status), it has no output") }
        return try output.decode(type)
    }
}

/// A finished step.
public struct TestStep: Sendable {
    /// Its id, as the function gives it.
    public let name: String
    /// Why it failed, if it did.
    public let failure: TestError?
    private let value: JSON

    init(_ step: Step) {
        name = step.label
        value = step.value["data"] ?? step.value
        failure = step.value["error"].map { TestError(ReportedError($0)) }
    }

    /// What it returned; the event, for a wait.
    /// - Throws: ``TestFailure`` where it failed, `DecodingError` where it is something else.
    public func output<Output: Decodable>(as type: Output.Type = Output.self) throws -> Output {
        if let failure { throw TestFailure("step '\(name)' failed: \(failure.message)") }
        return try value.decode(type)
    }
}

/// An error of a step or a run.
public struct TestError: Error, Hashable, Sendable {
    /// The type of the error.
    public let name: String
    /// What it said.
    public let message: String

    init(_ error: ReportedError) {
        name = error.name
        message = error.message
    }
}
