import HTTPTypes
import Hummingbird
import Synchronization

/// Keeps what all requests under way have brought along within a budget, however many there are: what is beyond is
/// told to come back. What has come in counts, not what was announced: bodies are read when it is known who sends
/// them, and whoever announces much and sends little takes nothing from others. A request holds its share until it is
/// answered, so what waits for the engine is bounded, too.
struct BoundBodies<Context: RequestContext>: RouterMiddleware {
    private let budget: BodyBudget

    /// - Parameter bytes: of all bodies together (256 MiB): room for 25 of the largest, for tens of thousands of
    ///   common ones.
    init(bytes: Int = 256 << 20) {
        budget = BodyBudget(bytes: bytes)
    }

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        guard request.method != .get, request.method != .head else { return try await next(request, context) }
        let share = BodyShare(of: budget)
        defer { share.giveBack() }
        return try await BodyShare.$current.withValue(share) { try await next(request, context) }
    }
}

/// Bytes that all requests under way may hold.
final class BodyBudget: Sendable {
    fileprivate let bytes: Int
    private let held = Mutex(0)

    init(bytes: Int) {
        self.bytes = bytes
    }

    fileprivate func take(_ count: Int) -> Bool {
        held.withLock { held in
            guard held + count <= bytes else { return false }
            held += count
            return true
        }
    }

    fileprivate func giveBack(_ count: Int) {
        held.withLock { $0 -= count }
    }
}

/// What one request holds of it.
final class BodyShare: Sendable {
    /// That of the request that is being answered.
    @TaskLocal static var current: BodyShare?

    private let budget: BodyBudget
    private let held = Mutex(0)

    init(of budget: BodyBudget) {
        self.budget = budget
    }

    /// - Throws: ``APIError`` 429.
    func take(_ count: Int) throws {
        guard budget.take(count) else {
            throw APIError(
                .tooManyRequests,
                "requests under way hold \(budget.bytes) bytes, which is the limit: try again in a second")
        }
        held.withLock { $0 += count }
    }

    func giveBack() {
        budget.giveBack(
            held.withLock { held in
                defer { held = 0 }
                return held
            })
    }
}
