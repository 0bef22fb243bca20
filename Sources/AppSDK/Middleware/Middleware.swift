import HTTPTypes

/// Looks on, or takes part, in all that an app or a function does.
///
/// Every requirement has an implementation that does nothing, so a middleware names only what it is about. A class of
/// values is changed by ``encode(_:as:)`` and ``decode(_:as:)``; what runs is wrapped by the `intercept…`
/// functions; ``observe(_:)`` tells what has happened, once.
///
/// ```swift
/// struct StepTimes: Middleware {
///     let metrics: Metrics
///
///     func interceptStep<Value: Sendable>(
///         _ step: StepInfo, next: () async throws -> Value
///     ) async throws -> Value {
///         let start = ContinuousClock.now
///         defer { metrics.record(step.id, ContinuousClock.now - start) }
///         return try await next()
///     }
/// }
/// ```
///
/// An app's middleware is in ``Configuration/middleware``, a function's in ``Setting/middleware(_:)``. They nest: the
/// first of the app is outermost, the last of the function innermost. So on the way in the app's come first, on the
/// way out last, and a `decode` meets what the `encode` beside it made.
public protocol Middleware: Sendable {
    /// The app is made, and with it every function that the middleware belongs to.
    ///
    /// - Parameter place: the app, or the function, that it was added to.
    /// - Throws: what keeps the app from being made, as ``InvalidApp``.
    func register(with place: MiddlewarePlace) throws

    /// Changes a value that leaves the app. The orchestrator stores and shows what this returns.
    ///
    /// It must be undone by ``decode(_:as:)``, then or in a year.
    ///
    /// - Throws: what fails the step, the function or the sending, as if its own code had thrown it.
    func encode(_ value: JSONValue, as payload: Payload) async throws -> JSONValue

    /// Changes a value that comes from the orchestrator, before the function sees it.
    ///
    /// Values from before the middleware was added come, too: return those as they are.
    ///
    /// - Throws: what fails the call. It is tried again, but for ``NonRetriableError``.
    func decode(_ value: JSONValue, as payload: Payload) async throws -> JSONValue

    /// Wraps a call from the orchestrator as HTTP carries it. It was verified, and the answer is not signed yet.
    /// A function's middleware is not asked.
    func interceptRequest(
        _ request: HTTPRequest, body: [UInt8],
        next: @Sendable (HTTPRequest, [UInt8]) async -> (response: HTTPResponse, body: [UInt8])
    ) async -> (response: HTTPResponse, body: [UInt8])

    /// Wraps the function, once for each call of a run. Steps that wait leave it by throwing ``Interruption``.
    func interceptRun<Value: Sendable>(
        _ run: RunInfo, next: @Sendable () async throws -> Value
    ) async throws -> Value

    /// Wraps a step's code: each attempt, and no replay.
    func interceptStep<Value: Sendable>(_ step: StepInfo, next: () async throws -> Value) async throws -> Value

    /// Wraps the sending of events, by a ``Client`` or in a step. May change, add and drop events.
    ///
    /// It may go on more than once. The same events again are taken for a repetition, and are taken in once however
    /// often they are sent; give them other ids where each is meant. Other events are events of their own. In a step,
    /// which may be tried again, send them in the same order each time.
    ///
    /// - Returns: the ids under which they were taken in.
    func interceptSend(
        _ events: [OutgoingEvent], next: ([OutgoingEvent]) async throws -> [String]
    ) async throws -> [String]

    /// Something has happened. Replays tell nothing, so each moment comes once, but for crashes.
    func observe(_ moment: Moment)
}

extension Middleware {
    /// Nothing.
    public func register(with place: MiddlewarePlace) throws {}
    /// The value as it is.
    public func encode(_ value: JSONValue, as payload: Payload) async throws -> JSONValue { value }
    /// The value as it is.
    public func decode(_ value: JSONValue, as payload: Payload) async throws -> JSONValue { value }
    /// Goes on.
    public func interceptRequest(
        _ request: HTTPRequest, body: [UInt8],
        next: @Sendable (HTTPRequest, [UInt8]) async -> (response: HTTPResponse, body: [UInt8])
    ) async -> (response: HTTPResponse, body: [UInt8]) {
        await next(request, body)
    }
    /// Goes on.
    public func interceptRun<Value: Sendable>(
        _ run: RunInfo, next: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await next()
    }
    /// Goes on.
    public func interceptStep<Value: Sendable>(
        _ step: StepInfo, next: () async throws -> Value
    ) async throws -> Value {
        try await next()
    }
    /// Goes on.
    public func interceptSend(
        _ events: [OutgoingEvent], next: ([OutgoingEvent]) async throws -> [String]
    ) async throws -> [String] {
        try await next(events)
    }
    /// Nothing.
    public func observe(_ moment: Moment) {}
}
