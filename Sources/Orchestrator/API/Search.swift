import Dispatch
import Foundation
import Synchronization

/// How much one search may look at.
struct Scan: Sendable {
    /// Rows read at a time, and the bytes at which that ends early.
    static let slice = 200
    static let sliceBytes = 4 << 20
    private static let maximumRows = 20_000
    private static let patience = Duration.milliseconds(250)

    private(set) var count = 0
    /// Processor time that conditions have taken.
    private var spent = Duration.zero
    private let start = ContinuousClock.now

    /// Whether no more rows are to be read.
    var isOver: Bool { hasCostEnough || ContinuousClock.now - start > Self.patience }

    private var hasCostEnough: Bool { count >= Self.maximumRows || spent > Self.patience }

    /// Looks at rows one after another, until so many fit or it has cost enough: at one at least, and at all where only
    /// the machine was busy. On another thread than those that answer requests, for each row may take a while.
    ///
    /// - Returns: what fits, and how many were looked at.
    mutating func look<Row: Sendable>(
        at rows: [Row], for wanted: Int, _ fits: @escaping @Sendable (Row) -> Bool
    ) async -> (found: [Row], count: Int) {
        let (before, scan) = (count, self)
        let (found, after) = await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                var (found, scan) = ([Row](), scan)
                let begun = Self.processorTime - scan.spent
                for row in rows {
                    scan.count += 1
                    if fits(row) { found.append(row) }
                    scan.spent = Self.processorTime - begun
                    if found.count == wanted || scan.hasCostEnough { break }
                }
                continuation.resume(returning: (found, scan))
            }
        }
        self = after
        return (found, count - before)
    }

    /// Of this thread.
    private static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

/// Lets two searches run at once, for each takes a processor for a quarter of a second; others wait their turn, some
/// seconds at most, and those beyond are told to come back.
final class SearchTurns: Sendable {
    private let running: Int
    private let waiting: Int

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(running: Int = 2, waiting: Int = 20) {
        self.running = running
        self.waiting = waiting
        state = Mutex(State(free: running))
    }

    /// Those that wait at the moment.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// - Throws: ``APIError`` 429, or what the body throws.
    func take<Result>(_ body: () async throws -> Result) async throws -> Result {
        let tooMany = APIError(
            .tooManyRequests, "\(running + waiting) searches are under way, which is the limit: try again in a second")
        let isTaken = try state.withLock { state in
            if state.free > 0 {
                state.free -= 1
                return true
            }
            guard state.waiting.count < waiting else { throw tooMany }
            return false
        }
        if !isTaken { await wait() }
        defer { leave() }
        return try await body()
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Hands the place on.
    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
