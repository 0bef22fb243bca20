import HTTPTypes
import JSON
import Wire

extension App {
    /// Answers a request to the app's endpoint as ``handle(_:body:)`` does, in parts.
    ///
    /// Where ``Configuration/isStreaming`` says so, a call is answered at once with HTTP 201. A space follows every 3
    /// seconds, so that nothing on the way takes the connection for dead, and in the end the true answer in an
    /// envelope. All else is answered in one part: refusals, registration and introspection too.
    ///
    /// A call whose reader goes away is carried on to its end; the orchestrator will ask again.
    ///
    /// - Parameters:
    ///   - request: the head, its path with the query.
    ///   - body: the whole body. Read no more than ``Configuration/bodyLimit`` bytes of it; beyond, it is refused.
    /// - Returns: the head, and the parts of the body as they come.
    public func handleStreaming(_ request: HTTPRequest, body: [UInt8]) async -> (
        response: HTTPResponse, body: AsyncStream<[UInt8]>
    ) {
        let incoming = IncomingRequest(request, body: body)
        guard configuration.isStreaming, isCall(incoming) else {
            let (head, answer) = await handle(request, body: body)
            return (
                head,
                AsyncStream { continuation in
                    continuation.yield(answer)
                    continuation.finish()
                }
            )
        }
        return (head(of: json(201, .null), size: nil), envelope(of: incoming))
    }

    /// Whether a request is a call that may run a function.
    private func isCall(_ request: IncomingRequest) -> Bool {
        guard request.method == .post, request.body.count <= configuration.bodyLimit, request.query["fnId"] != nil
        else { return false }
        switch trust(in: request) {
        case .verified, .notNeeded: return request.query["probe"] == nil
        case .missing, .wrong, .noKey: return false
        }
    }

    private func envelope(of request: IncomingRequest) -> AsyncStream<[UInt8]> {
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let pause = configuration.streamingPause
        let heart = Task {
            while !Task.isCancelled {
                try await pause()
                continuation.yield([UInt8(ascii: " ")])
            }
        }
        continuation.onTermination = { _ in heart.cancel() }
        Task {
            let response = await respond(to: request)
            heart.cancel()
            // As text, for a body of JSON in JSON would lose the bytes that are signed.
            let envelope: JSON = [
                "body": .string(String(decoding: response.body, as: UTF8.self)),
                "headers": .object(signed(response).headers.map { ($0.key, .string($0.value)) }),
                "status": .int(response.status),
            ]
            continuation.yield(Array(envelope.bytes))
            continuation.finish()
        }
        return stream
    }
}
