import Dispatch
import Engine
import Stores
import Wire

/// What the engine's thread does, over and over: take what has come in, carry it out in one transaction, answer,
/// hand out the calls; sleep until something comes in or falls due. Lives on that thread.
final class EngineLoop {
    private let store: SQLiteStore
    private let engine: Engine
    private let capacity: Int
    private let inbox: Inbox
    private let calls: AsyncStream<Call>.Continuation
    private var clock: OrchestratorClock { didSet { sharedClock.set(clock) } }
    private let sharedClock: SharedClock
    private var openCalls: [QueueItem.Key: Timestamp] = [:]
    private var journey: ClockJourney?
    private var isStopping = false
    /// While the store fails, what is due by itself is tried again only then.
    private var storeRetry: DispatchTime?

    init(
        store: SQLiteStore, settings: EngineSettings, room: Int, inbox: Inbox, clock sharedClock: SharedClock,
        calls: AsyncStream<Call>.Continuation
    ) throws {
        self.store = store
        self.capacity = room
        self.inbox = inbox
        self.calls = calls
        clock = try store.setting(Self.clockSetting).flatMap { OrchestratorClock(setting: $0) } ?? OrchestratorClock()
        self.sharedClock = sharedClock
        sharedClock.set(clock)
        engine = try Engine(store: store, settings: settings)
        for case .failure(let error) in engine.execute([Reconcile()], now: clock.now(), room: 0).outcomes {
            throw error
        }
    }

    private static let clockSetting = "clock"

    func run() {
        while !isStopping {
            let submissions = inbox.take(upTo: Limits.commandsPerTransaction, until: deadline())
            carryOut(submissions)
            continueJourney(somethingHappened: !submissions.isEmpty)
        }
        journey?.reply(.failure(ShuttingDown()))
    }

    // MARK: Commands

    private func carryOut(_ submissions: [Submission]) {
        var commands: [any Command] = []
        var replies: [(key: QueueItem.Key?, reply: Submission.Reply)] = []
        for submission in submissions {
            switch submission {
            case .command(let command, let endsCall, let reply):
                commands.append(command)
                replies.append((endsCall ? (command as? FinishCall)?.key : nil, reply))
            case .clock(let change, let reply): apply(change, reply)
            case .stop: isStopping = true
            }
        }
        let isResting = storeRetry.map { $0 > .now() } ?? false
        guard !commands.isEmpty || (isDue && !isResting) else { return }
        let now = clock.now()
        // A call that ends makes room for another in the same transaction.
        let ending = replies.count { $0.key != nil }
        let batch = engine.execute(commands, now: now, room: isStopping ? 0 : capacity - openCalls.count + ending)
        storeRetry = batch.storeError == nil ? nil : .now() + .seconds(1)
        for (outcome, (key, reply)) in zip(batch.outcomes, replies) {
            // A call whose answer could not be stored stays open: its answer will be brought again.
            if let key, case .success = outcome { openCalls[key] = nil }
            reply(outcome)
        }
        // The same item may have been leased again in the batch that ended its call: it is open again.
        for call in batch.calls {
            openCalls[call.key] = now
            calls.yield(call)
        }
    }

    private var hasRoom: Bool { openCalls.count < capacity }

    private var isDue: Bool { engine.nextDue(hasRoom: hasRoom).map { $0 <= clock.now() } ?? false }

    private func deadline() -> DispatchTime {
        if let storeRetry { return storeRetry }
        if journey != nil { return isTravelling ? .now() : .now() + .milliseconds(100) }
        guard let due = engine.nextDue(hasRoom: hasRoom) else { return .distantFuture }
        let wait = (due - clock.now()).milliseconds
        if wait <= 0 { return .now() }
        // Looked at again at least hourly, for the machine's clock may be set.
        return clock.isPaused ? .distantFuture : .now() + .milliseconds(Int(min(wait, 3_600_000)))
    }

    // MARK: Clock

    private func apply(_ change: ClockChange, _ reply: @escaping ClockJourney.Reply) {
        do {
            guard journey == nil || change == .read else {
                throw Refusal(.conflict, "the clock is already being moved")
            }
            switch change {
            case .read: break
            case .pause: try set { $0.pause() }
            case .run: try set { $0.resume() }
            case .advance(let duration): return try depart(to: clock.now() + duration, reply)
            case .advanceTo(let time): return try depart(to: time, reply)
            case .toNextTimer:
                guard let next = engine.nextDue(hasRoom: false) else {
                    throw Refusal(.conflict, "there is no timer to move to: nothing sleeps, waits or is scheduled")
                }
                return try depart(to: max(next, clock.now()), reply)
            }
            reply(.success(state()))
        } catch {
            reply(.failure(error))
        }
    }

    private func depart(to target: Timestamp, _ reply: @escaping ClockJourney.Reply) throws {
        guard target >= clock.now() else {
            throw Refusal(.invalid, "\(target) is in the past: it is \(clock.now()); the clock moves forward only")
        }
        journey = ClockJourney(target: target, resumes: !clock.isPaused, reply: reply)
        try set { $0.pause() }
    }

    /// Whether nothing has to be waited for before the clock can be moved on.
    private var isTravelling: Bool { journey != nil && openCalls.isEmpty && inbox.isEmpty }

    /// Moves the clock to the next time at which something is due, once everything before that is done.
    private func continueJourney(somethingHappened: Bool) {
        guard var journey else { return }
        if somethingHappened { journey.lastProgress = .now() }
        defer { if self.journey != nil { self.journey = journey } }
        guard isTravelling, !isDue else {
            if !openCalls.isEmpty, journey.isStuck { abandon(stuck()) }
            return
        }
        do {
            if let next = engine.nextDue(hasRoom: true), next <= journey.target {
                try set { $0.mode = .paused(at: max(next, $0.now())) }
                journey.fired += 1
            } else {
                try set { $0.mode = .paused(at: journey.target) }
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
        if journey.resumes { try? set { $0.resume() } }
        journey.reply(.failure(error))
    }

    private func stuck() -> Refusal {
        let names = openCalls.keys.compactMap { $0.run?.description }.sorted().prefix(5).joined(separator: ", ")
        let count = "\(openCalls.count) calls to apps are still open (runs \(names))"
        return Refusal(.conflict, "the clock stands at \(clock.now()): \(count)")
    }

    private func set(_ change: (inout OrchestratorClock) -> Void) throws {
        var changed = clock
        change(&changed)
        // On its way it stands, but not for the process after this one.
        var kept = changed
        if journey?.resumes == true { kept.resume() }
        try store.transaction { try store.set(Self.clockSetting, to: kept.setting) }
        clock = changed
    }

    private func state(fired: Int? = nil) -> ClockState {
        ClockState(
            now: clock.now(), wall: .wall, isPaused: clock.isPaused, nextTimer: engine.nextDue(hasRoom: false),
            fired: fired)
    }
}
