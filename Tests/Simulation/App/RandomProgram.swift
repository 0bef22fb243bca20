import JSON
import Wire

/// Makes up programs: plans are short, rules are tight, so that they meet often.
struct RandomProgram {
    private var dice: SeededGenerator
    private var plans: RandomPlans

    init(seed: UInt64) {
        dice = SeededGenerator(seed: seed &+ 500)
        plans = RandomPlans(seed: seed &+ 1000)
    }

    mutating func program() -> Program {
        var functions = (0..<Int.random(in: 1...3, using: &dice)).map { function("f\($0)") }
        functions.append(
            SimulatedFunction(
                id: "child", triggers: [], retries: retries(), flow: rulesOfInvoked(),
                plan: plans.function(mayInvoke: false)))
        functions.append(
            SimulatedFunction(
                id: "onEnd", triggers: [.event(InternalEvent.functionFailed)], retries: 1, flow: FlowControl(),
                plan: plans.function(mayInvoke: false)))
        let other = SimulatedFunction(
            id: "extra", triggers: [.event("e2")], retries: retries(), flow: queueRules(),
            plan: plans.function(mayInvoke: false), app: Program.otherApp)
        return Program(functions: functions, other: other)
    }

    /// The same program with other limits, as a new version of the app has them.
    mutating func changed(_ program: Program) -> Program {
        var program = program
        for index in program.functions.indices where one(in: 2) {
            program.functions[index].flow = changedLimits(program.functions[index].flow)
        }
        return program
    }

    // MARK: Functions

    private mutating func function(_ id: String) -> SimulatedFunction {
        let triggers: [SimulatedFunction.Trigger] =
            switch Int.random(in: 0..<8, using: &dice) {
            case 0..<4: [.event("e1")]
            case 4: [.event("e1", onlyLarge: true)]
            case 5: [.event("a/*"), .event("e2")]
            case 6: [.event("e1", onlyLarge: true), .event("e2")]
            default: [.every(minutes: [5, 10, 30].randomElement(using: &dice) ?? 5), .event("e2")]
            }
        return SimulatedFunction(
            id: id, triggers: triggers, retries: retries(), flow: one(in: 5) ? FlowControl() : rules(),
            plan: plans.function(mayInvoke: true))
    }

    private mutating func retries() -> Int { Int.random(in: 0...2, using: &dice) }

    /// Rules that can stand together.
    private mutating func rules() -> FlowControl {
        var flow = one(in: 3) ? FlowControl() : queueRules()
        switch Int.random(in: 0..<7, using: &dice) {
        case 0:
            flow.rateLimit = RateLimit(
                limit: Int.random(in: 1...3, using: &dice), period: period(), key: key(Meaning.limitedKeys))
        case 1: flow.idempotency = key(Meaning.limitedKeys) ?? "event.data.k"
        case 2:
            flow.debounce = Debounce(period: period(), timeout: one(in: 2) ? .seconds(1201) : nil, key: key())
        case 3:
            flow.batch = batch(if: one(in: 3) ? Meaning.large : nil)
        default: break
        }
        if one(in: 5) { flow.timeouts.finish = .seconds(Int.random(in: 1...4000, using: &dice)) }
        guard flow.batch == nil else {
            flow.priority = nil
            return flow
        }
        if one(in: 4) {
            // Of two collections that are due at the same moment, either may come first: so they share their key.
            flow.singleton = Singleton(
                key: flow.debounce.map(\.key) ?? key(), mode: one(in: 2) ? .skip : .cancel)
        }
        if one(in: 5) { flow.timeouts.start = .seconds(Int.random(in: 1...2000, using: &dice)) }
        while flow.cancellation.count < 5, one(in: 4) {
            flow.cancellation.append(
                CancelRule(
                    event: ["stop", "stop", "e2"].randomElement(using: &dice) ?? "stop",
                    condition: one(in: 2) ? Meaning.sameNumber : nil, timeout: one(in: 2) ? .seconds(1801) : nil))
        }
        return flow
    }

    /// Rules after which each invocation still has its result.
    private mutating func rulesOfInvoked() -> FlowControl {
        var flow = queueRules()
        guard one(in: 3) else { return flow }
        flow.priority = nil
        flow.batch = batch()
        return flow
    }

    private mutating func batch(if condition: String? = nil) -> Batching {
        Batching(
            maxSize: Int.random(in: 2...4, using: &dice), timeout: .seconds(Int.random(in: 5...60, using: &dice)),
            key: key(), condition: condition)
    }

    /// Rules that hold up what is queued.
    private mutating func queueRules() -> FlowControl {
        var flow = FlowControl()
        for _ in 0..<2 where one(in: 2) { flow.concurrency.append(concurrency()) }
        if one(in: 4) {
            flow.runConcurrency = Concurrency(limit: Int.random(in: 1...2, using: &dice), key: key())
        }
        if one(in: 4) {
            flow.throttle = Throttle(
                limit: Int.random(in: 1...3, using: &dice), period: period(),
                burst: [nil, 1, 2, 4].randomElement(using: &dice) ?? nil, key: key())
        }
        if one(in: 3) { flow.priority = Meaning.priorities.randomElement(using: &dice) }
        return flow
    }

    private mutating func concurrency() -> Concurrency {
        let limit = Int.random(in: 1...3, using: &dice)
        return switch Int.random(in: 0..<4, using: &dice) {
        case 0: Concurrency(limit: limit)
        case 1: Concurrency(limit: limit, scope: .account, key: Meaning.shared)
        case 2: Concurrency(limit: limit, scope: .environment, key: "event.data.k")
        default: Concurrency(limit: limit, key: key())
        }
    }

    private mutating func changedLimits(_ flow: FlowControl) -> FlowControl {
        var flow = flow
        let newLimit = Int.random(in: 1...4, using: &dice)
        switch Int.random(in: 0..<6, using: &dice) {
        case 0 where !flow.concurrency.isEmpty: flow.concurrency.removeLast()
        case 1 where flow.concurrency.count < 2: flow.concurrency.append(concurrency())
        case 2: flow.runConcurrency = flow.runConcurrency == nil ? Concurrency(limit: newLimit) : nil
        default:
            for index in flow.concurrency.indices { flow.concurrency[index].limit = newLimit }
            flow.runConcurrency?.limit = newLimit
        }
        flow.rateLimit?.limit = newLimit
        return flow
    }

    private mutating func key(_ keys: [String] = Meaning.keys) -> String? {
        one(in: 3) ? nil : keys.randomElement(using: &dice)
    }

    /// Odd lengths: what is planned for the same moment by two rules has no order.
    private mutating func period() -> Duration {
        .seconds([7, 61, 601, 1801].randomElement(using: &dice) ?? 61)
    }

    private mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &dice) == 0 }
}
