import Dispatch
import Engine
import Foundation
import HTTPTypes
import Logging
import ServiceLifecycle
import Stores
import Synchronization
import Wire

/// Runs the engine on a thread of its own: commands from everywhere are carried out there in group commits, timers
/// are fired when they are due, and the calls that are leased come out of ``work``.
final class EngineHost: Sendable {
    /// What is to be done out there, leased and committed.
    let work: AsyncStream<OpenWork>

    /// Why this process can't go on: a newer version has taken away what it needs.
    let outdated: AsyncStream<any NewerState>

    /// What has happened since this process started.
    let counters: Counters

    private let inbox: Inbox
    private let member: PostgresMember?
    private let health: HostHealth
    private let sharedClock: SharedClock
    /// Finishes when the thread has ended and the store is closed.
    private let end: AsyncStream<Never>

    /// The orchestrator's time.
    var now: Timestamp { clock.now() }
    var clock: OrchestratorClock { sharedClock.value }

    /// Whether requests should come to this process, and why not.
    var readiness: (HTTPResponse.Status, String) { health.readiness(of: member) }

    /// Starts the thread.
    /// - Parameters:
    ///   - room: how many calls may be open at once.
    ///   - member: this process among the others that use the same store; nil where it is alone.
    ///   - keepsClock: whether the clock goes on as it was left, moved or paused; else it is the wall's.
    ///   - feed: is told what every commit has changed.
    /// - Throws: what the store throws when it is read first.
    init(
        store: @escaping @Sendable () throws -> any Store, member: PostgresMember? = nil, settings: EngineSettings,
        room: Int, keepsClock: Bool = true, feed: LiveFeed, logger: Logger
    ) async throws {
        let (work, continuation) = AsyncStream.makeStream(of: OpenWork.self)
        let inbox = Inbox()
        let clock = SharedClock()
        let counters = Counters()
        self.counters = counters
        let (end, ended) = AsyncStream.makeStream(of: Never.self)
        self.end = end
        let (outdated, newer) = AsyncStream.makeStream(of: (any NewerState).self, bufferingPolicy: .bufferingOldest(1))
        self.outdated = outdated
        sharedClock = clock
        self.work = work
        self.inbox = inbox
        self.member = member
        let health = HostHealth()
        self.health = health
        try await withCheckedThrowingContinuation { (ready: CheckedContinuation<Void, any Error>) in
            let thread = Thread {
                do {
                    // The store and the engine live and die in this scope, on this thread.
                    let loop = try EngineLoop(
                        store: try store(), member: member, settings: settings, room: room, inbox: inbox,
                        keepsClock: keepsClock, clock: clock, health: health, work: continuation, feed: feed,
                        counters: counters, outdated: { newer.yield($0) }, logger: logger)
                    try member?.start { inbox.put(.news($0)) }
                    ready.resume()
                    loop.run()
                } catch {
                    ready.resume(throwing: error)
                }
                continuation.finish()
                inbox.close()
                ended.finish()
            }
            thread.name = "engine"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    /// Carries out a command. When this returns, what it did is on disk.
    ///
    /// - Throws: ``Refusal``, ``Overloaded``, ``ShuttingDown``, or what the store throws; then nothing was done.
    func submit<C: Command>(_ command: C) async throws -> C.Outcome {
        let outcome = try await withCheckedThrowingContinuation { continuation in
            inbox.put(.command(command, endsCall: false) { continuation.resume(with: $0) })
        }
        guard let outcome = outcome as? C.Outcome else { throw Refusal(.invalid, "\(C.self) came to \(outcome)") }
        return outcome
    }

    /// Takes in what came of a call, and makes room for another once that is on disk.
    func finish(_ command: any AnswerCommand) async throws {
        _ = try await withCheckedThrowingContinuation { continuation in
            inbox.put(.command(command, endsCall: true) { continuation.resume(with: $0) })
        }
    }

    /// Reads or moves the clock. When this returns, everything that fell due on the way has been done.
    ///
    /// A process that ends does not wait for the clock to arrive: then this throws ``ShuttingDown``.
    func clock(_ change: ClockChange) async throws -> ClockState {
        try await withGracefulShutdownHandler {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    inbox.put(.clock(change) { continuation.resume(with: $0) })
                }
            } onCancel: {
                self.inbox.put(.stopClock)
            }
        } onGracefulShutdown: {
            self.inbox.put(.stopClock)
        }
    }

    /// Makes no new calls from now on: the process is about to end.
    func drain() {
        inbox.put(.drain)
    }

    /// Ends the thread after the commands that are already in. When this returns, the store is closed.
    func shutDown() async {
        inbox.put(.stop)
        // Also when this task is cancelled: the store is closed by then or never.
        await Task { for await _ in end {} }.value
    }
}

/// What the engine has leased: somebody has to do it, and to bring the answer.
enum OpenWork: Sendable {
    case call(Call)
    case fetch(Fetch)
}

/// What the engine's thread is asked.
enum Submission {
    typealias Reply = @Sendable (Result<any Sendable, any Error>) -> Void

    case command(any Command, endsCall: Bool, Reply)
    case clock(ClockChange, @Sendable (Result<ClockState, any Error>) -> Void)
    /// The clock is not to be on its way any more: who waits for it is about to go.
    case stopClock
    /// What is heard from the other processes that use the same store.
    case news(PostgresMember.News)
    /// No call is to be made any more.
    case drain
    case stop

    var isCommand: Bool { if case .command = self { true } else { false } }

    func fail(_ error: any Error) {
        switch self {
        case .command(_, _, let reply): reply(.failure(error))
        case .clock(_, let reply): reply(.failure(error))
        case .stopClock, .news, .drain, .stop: break
        }
    }
}

/// The way into the engine's thread: bounded, and closed at the end.
final class Inbox: Sendable {
    /// More commands than this don't wait: the caller is told to come back. At 5,000 commands a second, a second's.
    static let capacity = 5000

    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)

    private struct State {
        var submissions: [Submission] = []
        var isClosed = false
    }

    func put(_ submission: Submission) {
        let refused: (any Error)? = state.withLock { state in
            if state.isClosed { return ShuttingDown() }
            // What ends a call is never refused: it makes room.
            if case .command(_, endsCall: false, _) = submission, state.submissions.count >= Self.capacity {
                return Overloaded()
            }
            state.submissions.append(submission)
            return nil
        }
        if let refused { submission.fail(refused) } else { signal.signal() }
    }

    /// What has come in, up to a number; waits for it until a deadline. Used by one thread.
    func take(upTo limit: Int, until deadline: DispatchTime) -> [Submission] {
        _ = signal.wait(timeout: deadline)
        let taken = state.withLock { state in
            let taken = Array(state.submissions.prefix(limit))
            state.submissions.removeFirst(taken.count)
            return taken
        }
        // One signal was waited for; the others are taken back.
        for _ in taken.dropFirst() { _ = signal.wait(timeout: .now()) }
        return taken
    }

    var isEmpty: Bool { state.withLock { $0.submissions.isEmpty } }

    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            defer { state.submissions = [] }
            return state.submissions
        }
        for submission in left { submission.fail(ShuttingDown()) }
    }
}

/// The orchestrator has more to do than it may queue. The caller may come back.
struct Overloaded: Error, CustomStringConvertible {
    var description: String { "the orchestrator is overloaded: try again in a second" }
}

/// The orchestrator is ending.
struct ShuttingDown: Error, CustomStringConvertible {
    var description: String { "the orchestrator is shutting down" }
}
