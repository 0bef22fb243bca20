import HTTPTypes
import Hummingbird
import Synchronization

/// Keeps what all requests under way bring along within a budget, however many there are: what is beyond is told to
/// come back. A request holds its share until it is answered, so what waits for the engine is bounded, too.
final class BoundBodies<Context: RequestContext>: RouterMiddleware {
    /// Bytes of all bodies together (256 MiB): room for 25 of the largest, for tens of thousands of common ones.
    static var budget: Int { 256 << 20 }
    /// What a body counts that does not say its size: as much as any route reads.
    static var unknownSize: Int { EventRoutes.maximumBody }

    private let budget: Int
    private let held = Mutex(0)

    init(budget: Int = BoundBodies.budget) {
        self.budget = budget
    }

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        let size = Self.size(of: request)
        guard size > 0 else { return try await next(request, context) }
        let isTaken = held.withLock { held in
            guard held + size <= budget else { return false }
            held += size
            return true
        }
        guard isTaken else {
            throw APIError(
                .tooManyRequests, "requests under way hold \(budget) bytes, which is the limit: try again in a second")
        }
        defer { held.withLock { $0 -= size } }
        return try await next(request, context)
    }

    /// No route reads more than the largest body, whatever the request says.
    private static func size(of request: Request) -> Int {
        guard request.method != .get, request.method != .head else { return 0 }
        guard let length = request.headers[.contentLength] else {
            return request.headers[.transferEncoding] == nil ? 0 : unknownSize
        }
        return min(max(Int(length) ?? unknownSize, 0), unknownSize)
    }
}
