import HTTPTypes
import JSON

/// Middleware in its order, the outermost first. Without any, all of this is what it would be without the stack.
struct MiddlewareStack: Sendable {
    private let all: [any Middleware]

    init(_ all: [any Middleware]) {
        self.all = all
    }

    static func + (outer: MiddlewareStack, inner: MiddlewareStack) -> MiddlewareStack {
        MiddlewareStack(outer.all + inner.all)
    }

    var isEmpty: Bool { all.isEmpty }

    /// - Throws: ``InvalidApp``.
    func register(with place: MiddlewarePlace) throws {
        for middleware in all {
            do {
                try middleware.register(with: place)
            } catch {
                let owner = place.function.map { "function '\($0)'" } ?? "app '\(place.app)'"
                throw InvalidApp("\(owner): \(type(of: middleware)): \(explanation(of: error))")
            }
        }
    }

    // MARK: Values

    func encode(_ json: JSON, as payload: @autoclosure () -> Payload) async throws -> JSON {
        if all.isEmpty { return json }
        let payload = payload()
        var value = JSONValue(json)
        for middleware in all.reversed() { value = try await middleware.encode(value, as: payload) }
        return JSON(value)
    }

    func decode(_ json: JSON, as payload: @autoclosure () -> Payload) async throws -> JSON {
        if all.isEmpty { return json }
        let payload = payload()
        var value = JSONValue(json)
        for middleware in all { value = try await middleware.decode(value, as: payload) }
        return JSON(value)
    }

    // MARK: What runs

    func request(
        _ request: HTTPRequest, _ body: [UInt8], from index: Int = 0,
        _ innermost: @escaping @Sendable (HTTPRequest, [UInt8]) async -> (response: HTTPResponse, body: [UInt8])
    ) async -> (response: HTTPResponse, body: [UInt8]) {
        guard index < all.count else { return await innermost(request, body) }
        return await all[index].interceptRequest(request, body: body) { request, body in
            await self.request(request, body, from: index + 1, innermost)
        }
    }

    func run<Value: Sendable>(
        _ run: RunInfo, from index: Int = 0, _ innermost: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard index < all.count else { return try await innermost() }
        return try await all[index].interceptRun(run) { try await self.run(run, from: index + 1, innermost) }
    }

    func step<Value: Sendable>(
        _ step: StepInfo, from index: Int = 0, _ innermost: () async throws -> Value
    ) async throws -> Value {
        guard index < all.count else { return try await innermost() }
        return try await all[index].interceptStep(step) { try await self.step(step, from: index + 1, innermost) }
    }

    func send(
        _ events: [OutgoingEvent], from index: Int = 0, _ innermost: ([OutgoingEvent]) async throws -> [String]
    ) async throws -> [String] {
        guard index < all.count else { return try await innermost(events) }
        return try await all[index].interceptSend(events) { try await self.send($0, from: index + 1, innermost) }
    }

    func observe(_ moment: @autoclosure () -> Moment) {
        if all.isEmpty { return }
        let moment = moment()
        for middleware in all { middleware.observe(moment) }
    }
}
