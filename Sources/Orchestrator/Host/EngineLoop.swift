import Dispatch
import Engine
import Logging
import Stores
import Wire

/// What the engine's thread does, over and over: take what has come in, carry it out in one transaction, answer,
/// hand out the calls; sleep until something comes in or falls due. Lives on that thread.
final class EngineLoop {
    private let store: any Store
    let member: PostgresMember?
    let engine: Engine
    let capacity: Int
    private let inbox: Inbox
    private let work: AsyncStream<OpenWork>.Continuation
    let feed: LiveFeed
    private(set) var clock: OrchestratorClock { didSet { sharedClock.set(clock) } }
    private let sharedClock: SharedClock
    private let health: HostHealth
    private let counters: Counters
    private let logger: Logger
    /// Is told that a newer version has taken over what this one needs: it can't go on.
    private let outdated: (any NewerState) -> Void
    /// The calls that are under way, by their leases: of one item there may be two, where a lease was lost.
    var openCalls: [ULID: QueueItem.Key] = [:]
    /// The requests for steps that are under way, by their leases.
    var openFetches: [ULID: QueueItem.Key] = [:]
    private var journey: ClockJourney?
    private var isStopping = false
    /// The process is about to end: the clock does not set off any more.
    private var isEnding = false
    /// No calls are made any more, but those that are open may be answered.
    private(set) var isDraining = false
    /// Leases may be in the store that nobody will answer for: they are taken back first of all.
    var hasLost = true
    /// While the store fails, or others have what is due, it is looked at again only then.
    var storeRetry: DispatchTime?
    private var isFailing = false

    init(
        store: any Store, member: PostgresMember?, settings: EngineSettings, room: Int, inbox: Inbox, keepsClock: Bool,
        clock sharedClock: SharedClock, health: HostHealth, work: AsyncStream<OpenWork>.Continuation, feed: LiveFeed,
        counters: Counters, outdated: @escaping (any NewerState) -> Void, logger: Logger
    ) throws {
        self.store = store
        self.member = member
        self.health = health
        self.capacity = room
        self.inbox = inbox
        self.work = work
        self.counters = counters
        self.feed = feed
        self.outdated = outdated
        self.logger = logger
        let kept = keepsClock ? try store.setting(Self.clockSetting) : nil
        clock = kept.flatMap { OrchestratorClock(setting: $0) } ?? OrchestratorClock()
        self.sharedClock = sharedClock
        sharedClock.set(clock)
        engine = try Engine(store: store, settings: settings)
        if let error = reconcile() { throw error }
    }

    private static let clockSetting = "clock"

    func run() {
        while !isStopping {
            let submissions = inbox.take(upTo: Limits.commandsPerTransaction, until: deadline())
            carryOut(submissions)
            // Who only looks at the clock does not have it wait any longer.
            continueJourney(somethingHappened: submissions.contains(where: \.isCommand))
        }
        journey?.reply(.failure(ShuttingDown()))
        leave()
    }

    // MARK: Commands

    private func carryOut(_ submissions: [Submission]) {
        var commands: [any Command] = []
        var replies: [(lease: ULID?, reply: Submission.Reply)] = []
        for submission in submissions {
            switch submission {
            case .command(let command, let endsCall, let reply):
                commands.append(command)
                replies.append((endsCall ? (command as? any AnswerCommand)?.lease : nil, reply))
            case .clock(let change, let reply): apply(change, reply)
            case .stopClock:
                isEnding = true
                abandon(ShuttingDown())
            case .news(let news): hear(news)
            case .drain:
                isDraining = true
                health.change { $0.isDraining = true }
                work.finish()
            case .stop: isStopping = true
            }
        }
        let isResting = storeRetry.map { $0 > .now() } ?? false
        if hasLost, !isResting, let error = reconcile() {
            // The store is not there: to try once is enough.
            for (_, reply) in replies { reply(.failure(error)) }
            return
        }
        guard !commands.isEmpty || (isDue && !isResting) else {
            // Nothing is left to be tried again: the next wait must not end at once.
            if !isResting { storeRetry = nil }
            return
        }
        // A call that ends makes room for another in the same transaction.
        let ending = Set(replies.compactMap(\.lease))
        let endingCalls = ending.count { openCalls[$0] != nil }
        let endingFetches = ending.count { openFetches[$0] != nil }
        let due = nextDue
        let batch = engine.execute(
            commands, now: clock.now(), room: mayCall ? capacity - openCalls.count + endingCalls : 0,
            fetchRoom: mayCall ? Limits.openFetches - openFetches.count + endingFetches : 0)
        note(batch.storeError)
        if let error = batch.cleaningError {
            logger.warning(
                "what has expired could not be deleted; it waits for the next time", metadata: ["error": "\(error)"])
        }
        counters.add(batch)
        if commands.isEmpty, batch.calls.isEmpty, batch.fetches.isEmpty, nextDue == due { restALittle() }
        for (outcome, (lease, reply)) in zip(batch.outcomes, replies) {
            // A call whose answer could not be stored stays open: its answer will be brought again.
            if let lease, case .success = outcome { (openCalls[lease], openFetches[lease]) = (nil, nil) }
            reply(outcome)
        }
        let isAlive = member?.isAlive ?? true
        if !isAlive, !batch.calls.isEmpty || !batch.fetches.isEmpty { hasLost = true }
        for call in batch.calls {
            // Whom the others take for dead makes no calls, for they will.
            guard isAlive else { continue }
            openCalls[call.lease] = call.key
            work.yield(.call(call))
        }
        for fetch in batch.fetches where isAlive {
            openFetches[fetch.lease] = fetch.key
            work.yield(.fetch(fetch))
        }
        feed.note(batch.touched)
        member?.announce(batch.touched)
        tellOthers()
    }

    /// Keeps what came of a batch in mind: when the store is to be tried again, and what may be lost.
    func note(_ error: (any Error)?) {
        storeRetry = error == nil ? nil : .now() + .seconds(1)
        report(error)
        // A commit that nobody has answered may have happened, and leased calls that nobody makes.
        if error != nil, member != nil { hasLost = true }
    }

    /// Says once that the store fails, and once that it does not any more.
    private func report(_ error: (any Error)?) {
        switch (error, isFailing) {
        case (let error?, false):
            logger.error("the store fails, nothing is acknowledged", metadata: ["error": "\(error)"])
        case (nil, true): logger.notice("the store works again")
        default: break
        }
        isFailing = error != nil
        if let error = error as? any NewerState { outdated(error) }
        health.change { $0.isFailing = error != nil }
    }

    private var mayCall: Bool { !isStopping && !isDraining && (member?.isAlive ?? true) }

    var hasRoom: Bool { openCalls.count < capacity && mayCall }

    private var nextDue: Timestamp? {
        let work = engine.nextDue(
            hasRoom: hasRoom, hasFetchRoom: openFetches.count < Limits.openFetches && mayCall)
        return [work, engine.nextCleaning].compactMap { $0 }.min()
    }

    private var isDue: Bool { nextDue.map { $0 <= clock.now() } ?? false }

    private func deadline() -> DispatchTime {
        if let storeRetry { return storeRetry }
        if journey != nil { return isTravelling ? .now() : .now() + .milliseconds(100) }
        guard let due = nextDue else { return .distantFuture }
        let wait = (due - clock.now()).milliseconds
        if wait <= 0 { return .now() }
        // Looked at again at least hourly, for the machine's clock may be set.
        return clock.isPaused ? .distantFuture : .now() + .milliseconds(Int(min(wait, 3_600_000)))
    }

    // MARK: Clock

    private func apply(_ change: ClockChange, _ reply: @escaping ClockJourney.Reply) {
        do {
            if journey != nil { try interrupt(by: change) }
            switch change {
            case .read: break
            case .pause: try set { $0.pause() }
            case .run: try set { $0.resume() }
            case .advance(let duration):
                let wall = Timestamp.wall
                return try depart(to: clock.now(wall: wall) + duration, at: wall, reply)
            case .advanceTo(let time):
                let now = clock.now()
                guard time >= now else {
                    throw Refusal(.invalid, "\(time) is in the past: it is \(now); the clock moves forward only")
                }
                return try depart(to: time, reply)
            case .toNextTimer: return try depart(to: nil, reply)
            }
            reply(.success(state()))
        } catch {
            reply(.failure(error))
        }
    }

    /// A journey is given up for those who want the clock to stand or to run, and for no others.
    private func interrupt(by change: ClockChange) throws {
        switch change {
        case .read: break
        case .pause, .run: abandon(unfinished("the move was given up at"))
        case .advance, .advanceTo, .toNextTimer:
            throw Refusal(
                .conflict, #"the clock is already being moved; {"pause":true} or {"run":true} gives that up"#)
        }
    }

    /// - Parameter target: nil for the next time at which something is due, once everything is done that is due now.
    private func depart(
        to target: Timestamp?, at wall: Timestamp = .wall, _ reply: @escaping ClockJourney.Reply
    ) throws {
        if isEnding { throw ShuttingDown() }
        journey = ClockJourney(target: target, departure: clock.isPaused ? nil : wall, reply: reply)
        do {
            try set { $0.mode = .paused(at: $0.now(wall: wall)) }
        } catch {
            journey = nil
            throw error
        }
    }

    /// Whether nothing has to be waited for before the clock can be moved on.
    private var isTravelling: Bool { journey != nil && openCalls.isEmpty && openFetches.isEmpty && inbox.isEmpty }

    /// Moves the clock to the next time at which something is due, once everything before that is done.
    private func continueJourney(somethingHappened: Bool) {
        guard var journey else { return }
        if somethingHappened { journey.lastProgress = .now() }
        defer { if self.journey != nil { self.journey = journey } }
        guard isTravelling, !isDue else {
            if !openCalls.isEmpty || !openFetches.isEmpty, journey.isStuck {
                abandon(unfinished("the clock stands at"))
            }
            return
        }
        do {
            let next = engine.nextDue(hasRoom: true)
            guard let target = journey.target ?? next else {
                throw Refusal(.conflict, "there is no timer to move to: nothing sleeps, waits, is retried or scheduled")
            }
            journey.target = target
            if let next, next <= target {
                try set { $0.mode = .paused(at: max(next, $0.now())) }
                journey.fired += 1
            } else {
                try set { $0.mode = .paused(at: max(target, $0.now())) }
                try arrive(fired: journey.fired)
            }
        } catch {
            abandon(error)
        }
    }

    private func arrive(fired: Int) throws {
        guard let journey else { return }
        if journey.resumes { try set { $0.resume() } }
        self.journey = nil
        journey.reply(.success(state(fired: fired)))
    }

    private func abandon(_ error: any Error) {
        guard let journey else { return }
        self.journey = nil
        try? set { $0 = journey.left($0, wall: .wall) }
        journey.reply(.failure(error))
    }

    /// The runs that the clock waits for on its way.
    private var runsWithOpenCalls: [ULID] {
        Set((Array(openCalls.values) + Array(openFetches.values)).compactMap(\.run)).sorted()
    }

    private func unfinished(_ what: String) -> Refusal {
        let open = ClockJourney.open(calls: openCalls.count + openFetches.count, of: runsWithOpenCalls)
        return Refusal(.conflict, "\(what) \(clock.now())" + (open.map { ": \($0)" } ?? ""))
    }

    private func set(_ change: (inout OrchestratorClock) -> Void) throws {
        var changed = clock
        change(&changed)
        // On its way it stands, but not for the process after this one.
        var kept = changed
        if let journey { kept = journey.left(kept, wall: .wall) }
        try store.transaction { try store.set(Self.clockSetting, to: kept.setting) }
        clock = changed
    }

    private func state(fired: Int? = nil) -> ClockState {
        let wall = Timestamp.wall
        return ClockState(
            now: clock.now(wall: wall), wall: wall, isPaused: clock.isPaused,
            nextTimer: engine.nextDue(hasRoom: true), fired: fired,
            moving: journey.map { ClockState.Moving(target: $0.target, waitsFor: runsWithOpenCalls) })
    }
}
