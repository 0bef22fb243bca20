import JSON
import Wire

/// Decides how a call goes on. It knows which steps wait and what is remembered of them, and nothing of tasks.
///
/// A function's step calls are parked as they come. When the function rests, ``next()`` says which of them goes on:
/// a finished step in the order of history, else the step to run now, else none, and what to report.
struct Replay: Sendable {
    /// Names one call of a step, within one call of the function.
    typealias Token = Int

    /// How a parked step call goes on.
    enum Resumption: Sendable {
        case memo(Memo, of: StepCall)
        case execute(StepCall)
    }

    /// What becomes of a step call as it comes.
    enum Entry: Sendable {
        case parked
        /// The outcome is decided: the call must throw.
        case frozen
        /// The task was cancelled: the call must throw.
        case cancelled
        /// A loop swallows what steps throw: the call must never return.
        case stuck
    }

    /// What is to be done when the function rests.
    enum Action: Sendable {
        /// Something that is no step is awaited, or a step's code is running.
        case wait
        /// As `wait`, but for a limited time: then call ``Replay/giveUpOnTarget()``.
        case waitForTarget
        case resume(Token, Resumption)
        case finish(Outcome)
    }

    /// How often a function may go on calling steps after each of them threw, before it is held to be a loop
    /// that swallows errors.
    static let refusedCallsLimit = 1000

    private let target: StepID?
    private let mayRunNow: Bool
    private let memos: [StepID: Memo]
    private let replacedInputs: [StepID: [JSON]]
    /// Places in history.
    private let positions: [StepID: Int]
    private let lastInHistory: StepID?
    private let historyLength: Int

    private var ids = StepIDs()
    private var tokens = 0
    private var parked: [Parked] = []
    private var running: Token?
    private var unusedMemos: Int
    private var reachedPresent: Bool
    private var targetGivenUp = false
    /// Whether a step was run in this call and the function went on.
    private(set) var hasGoneOn = false
    private var refusedCalls = 0
    private(set) var outcome: Outcome?
    private(set) var isFrozen = false

    init(_ call: CallRequest) {
        target = call.targetStep
        mayRunNow = !call.disableImmediateExecution
        var memos: [StepID: Memo] = [:]
        var inputs: [StepID: [JSON]] = [:]
        for step in call.steps {
            let memo = Memo(step.value)
            if case .input(let input) = memo { inputs[step.id] = input } else { memos[step.id] = memo }
        }
        self.memos = memos
        replacedInputs = inputs
        positions = Dictionary(call.stack.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        lastInHistory = call.stack.last
        historyLength = call.stack.count
        unusedMemos = memos.count
        reachedPresent = memos.isEmpty
    }

    /// A step call that waits.
    private struct Parked: Sendable {
        let token: Token
        let call: StepCall
        let memo: Memo?
        /// Its place in history. Steps that history does not place come last, in the order of the calls.
        let position: Int
    }

    /// Whether what the function does now was done before, in an earlier call, or is of no consequence.
    var isSilent: Bool {
        if isFrozen { return true }
        return target == nil ? !reachedPresent : running == nil
    }

    // MARK: Step calls

    mutating func nextToken() -> Token {
        tokens += 1
        return tokens
    }

    mutating func enter(_ request: StepRequest, token: Token, isCancelled: Bool) -> Entry {
        if isFrozen || isCancelled { return refuse() }
        let (stepID, repetition) = ids.assign(request.id)
        let call = StepCall(
            request: request, stepID: stepID, repetition: repetition, replacedInput: replacedInputs[stepID])
        parked.append(
            Parked(token: token, call: call, memo: memos[stepID], position: positions[stepID] ?? (.max / 2 + token)))
        return .parked
    }

    private mutating func refuse() -> Entry {
        refusedCalls += 1
        guard refusedCalls > Self.refusedCallsLimit else { return isFrozen ? .frozen : .cancelled }
        decide(
            .failed(
                ReportedError(
                    name: "SwallowedCancellation",
                    message: "a cancelled task went on to call steps \(Self.refusedCallsLimit) times: a loop around "
                        + "a step swallows errors; catch StepError only, so that others end the loop"),
                retriable: false))
        return .stuck
    }

    /// A parked call was cancelled by the function itself: it is as if it had not been made.
    mutating func withdraw(_ token: Token) {
        parked.removeAll { $0.token == token }
    }

    /// The running code was cancelled by the function itself.
    mutating func withdrawRunning() {
        running = nil
    }

    /// The running step has finished and is reported, and the function goes on. Returns whether it may.
    mutating func goOn() -> Bool {
        running = nil
        hasGoneOn = true
        return !isFrozen
    }

    /// Sets the outcome, if there is none yet. Whatever the function does from here on has no consequence.
    mutating func decide(_ outcome: Outcome) {
        running = nil
        isFrozen = true
        if self.outcome == nil { self.outcome = outcome }
    }

    /// The function returned or threw.
    mutating func handlerEnded(_ result: Result<JSON, any Error>) {
        guard !isFrozen else { return }
        if let target {
            decide(.targetNotFound(target, found: parked.map(\.call)))
            return
        }
        switch result {
        case .success(let output): decide(.returned(output))
        case .failure(let error): decide(Outcome(thrown: error))
        }
    }

    /// The step that was asked for was awaited long enough.
    mutating func giveUpOnTarget() { targetGivenUp = true }

    // MARK: At rest

    /// - Parameter isTimeUp: no step is to begin any more, where this call has made progress already.
    mutating func next(isTimeUp: Bool) -> Action {
        if let outcome { return .finish(outcome) }
        guard running == nil, !parked.isEmpty else { return .wait }
        if let target, let index = parked.firstIndex(where: { $0.call.stepID == target }) {
            // Its result is known already: the orchestrator is told nothing new.
            return parked[index].memo == nil ? execute(at: index) : finish(.ops([]))
        }
        if let action = resumeEarliest() { return action }
        if let target {
            return targetGivenUp ? finish(.targetNotFound(target, found: parked.map(\.call))) : .waitForTarget
        }
        reachedPresent = true
        if parked.count == 1, parked[0].call.request.kind == .run, mayRunNow {
            return isTimeUp && hasGoneOn ? finish(.ops([nextCall])) : execute(at: 0)
        }
        return finish(.ops(parked.map(\.call.discovered)))
    }

    /// Lets the finished step go on that comes first in history.
    private mutating func resumeEarliest() -> Action? {
        var earliest: Int?
        for index in parked.indices where parked[index].memo != nil {
            if let other = earliest, parked[other].position <= parked[index].position { continue }
            earliest = index
        }
        guard let earliest, let memo = parked[earliest].memo else { return nil }
        let step = parked.remove(at: earliest)
        unusedMemos -= 1
        if unusedMemos == 0 || step.call.stepID == lastInHistory { reachedPresent = true }
        return .resume(step.token, .memo(memo, of: step.call))
    }

    /// Asks to be called again. Its id is its own, for each call before this one has added to history.
    private var nextCall: Op { Op(.discoveryRequest, id: StepID("discovery-request-\(historyLength)")) }

    private mutating func execute(at index: Int) -> Action {
        let step = parked.remove(at: index)
        running = step.token
        return .resume(step.token, .execute(step.call))
    }

    private mutating func finish(_ outcome: Outcome) -> Action {
        decide(outcome)
        return .finish(outcome)
    }
}

/// Gives step calls their ids: the hash of the developer's id, and for repeats of an id the next free index.
struct StepIDs: Sendable {
    private var uses: [String: Int] = [:]
    private var taken: Set<StepID> = []

    mutating func assign(_ id: String) -> (StepID, repetition: Int) {
        var repetition = uses[id, default: 0]
        var stepID = StepID(id, repetition: repetition)
        while !taken.insert(stepID).inserted {
            repetition += 1
            stepID = StepID(id, repetition: repetition)
        }
        uses[id] = repetition + 1
        return (stepID, repetition)
    }
}
