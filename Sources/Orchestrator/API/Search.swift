import Dispatch
import Synchronization

/// How much one search may look at.
struct Scan: Sendable {
    /// Rows read at a time, and the bytes at which that ends early.
    static let slice = 200
    static let sliceBytes = 4 << 20
    private static let maximumRows = 20_000
    private static let patience = Duration.milliseconds(250)

    private(set) var count = 0
    private let start = ContinuousClock.now

    var isOver: Bool { count >= Self.maximumRows || ContinuousClock.now - start > Self.patience }

    /// Looks at rows one after another, until so many fit or it has cost enough: at one at least. On another thread than
    /// those that answer requests, for each row may take a while.
    ///
    /// - Returns: what fits, and how many were looked at.
    mutating func look<Row: Sendable>(
        at rows: [Row], for wanted: Int, _ fits: @escaping @Sendable (Row) -> Bool
    ) async -> (found: [Row], count: Int) {
        let (before, scan) = (count, self)
        let (found, after) = await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                var (found, scan) = ([Row](), scan)
                for row in rows {
                    scan.count += 1
                    if fits(row) { found.append(row) }
                    if found.count == wanted || scan.isOver { break }
                }
                continuation.resume(returning: (found, scan.count))
            }
        }
        count = after
        return (found, after - before)
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
