import JSON
import Wire

/// A function that starts when the run that asked for it has ended, unless that run takes it back.
public struct Deferral: Sendable {
    let invocation: Invocation
    let id: String

    /// Takes it back. Nothing happens where it was taken back already.
    public func abort() { invocation.abortDeferral(id) }
}

extension Context {
    /// Starts another function when this run has ended, however it ends. The call returns at once.
    ///
    /// ```swift
    /// let survey = Function("survey", on: .deferred(Customer.self)) { context in … }
    ///
    /// let deferral = context.defer("survey", to: survey, data: customer)
    /// if order.isGift { deferral.abort() }
    /// ```
    ///
    /// It is reported with the next step that finishes, or with what the function returns; a call that throws before
    /// that has deferred nothing. What can't be deferred never fails the run: an error is logged.
    ///
    /// - Parameters:
    ///   - id: unique among the deferrals of the run. A second one under the same id is the first one.
    ///   - function: a function of this app with the trigger ``Trigger/deferred(_:)``.
    ///   - data: what it gets as the data of its event: a JSON object, 4 MiB at most. A run defers up to 20.
    @discardableResult
    public func `defer`<Target: DurableFunction>(
        _ id: String, to function: Target, data: Target.Input
    ) -> Deferral {
        step.invocation.defer(id, to: function, data: data)
        return Deferral(invocation: step.invocation, id: id)
    }
}

extension Invocation {
    fileprivate func `defer`<Target: DurableFunction>(_ id: String, to function: Target, data: Target.Input) {
        let problem: String?
        do {
            guard function.triggers.contains(where: \.isDeferred) else {
                throw NonRetriableError("the function '\(function.id)' needs the trigger .deferred(…)")
            }
            let input = try JSON(encoding: data)
            guard input.kind == .object else {
                throw NonRetriableError("its data is a JSON \(input.kind.rawValue); make it an object")
            }
            problem = state.withLock { state in
                state.replay.isFrozen
                    ? nil : state.deferrals.add(id, function: "\(app.id)-\(function.id)", input: input)
            }
        } catch {
            problem = explanation(of: error)
        }
        if let problem { baseLogger.error("'\(id)' is not deferred: \(problem)") }
    }

    fileprivate func abortDeferral(_ id: String) {
        state.withLock { state in
            if !state.replay.isFrozen { state.deferrals.abort(id) }
        }
    }

    /// The reports about deferrals that no answer has carried yet.
    func takeDeferrals() -> [Op] { state.withLock { $0.deferrals.take() } }
}

/// What a run has deferred, and what of it is still to be reported.
struct Deferrals: Sendable {
    static let maximumCount = 20
    /// In bytes (4 MiB).
    static let maximumSize = 4 << 20

    /// Whether those that the orchestrator knows, or will be told of, can still be taken back.
    private var abortable: [StepID: Bool]
    private var unreported: [Op] = []

    init(known: [(id: StepID, abortable: Bool)]) {
        abortable = Dictionary(known.map { ($0.id, $0.abortable) }, uniquingKeysWith: { $1 })
    }

    /// Ids of deferrals and of steps do not meet.
    private static func stepID(_ id: String) -> StepID { StepID("defer:\(id)") }

    /// Returns why not, where it can't be added.
    mutating func add(_ id: String, function: String, input: JSON) -> String? {
        let stepID = Self.stepID(id)
        guard abortable[stepID] == nil else { return nil }
        guard abortable.count < Self.maximumCount else { return "a run defers \(Self.maximumCount) functions at most" }
        guard input.bytes.count <= Self.maximumSize else {
            return "its data has \(input.bytes.count) bytes, the limit is \(Self.maximumSize)"
        }
        abortable[stepID] = true
        unreported.append(
            Op(
                .deferAdd, id: stepID, name: id, displayName: id,
                options: ["fn_slug": .string(function), "input": input], userland: ["id": .string(id)]))
        return nil
    }

    mutating func abort(_ id: String) {
        let stepID = Self.stepID(id)
        guard abortable[stepID] == true else { return }
        abortable[stepID] = false
        if let index = unreported.firstIndex(where: { $0.id == stepID }) {
            unreported.remove(at: index)
            return
        }
        unreported.append(
            Op(
                .deferAbort, id: StepID("defer-abort:\(id)"), name: id, displayName: id,
                options: ["target_hashed_id": .string(stepID.hash)], userland: ["id": .string(id)]))
    }

    mutating func take() -> [Op] {
        defer { unreported = [] }
        return unreported
    }
}
