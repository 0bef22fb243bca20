public import AppSDK
public import Hummingbird

extension RouterMethods {
    /// Serves an app's functions under a path.
    ///
    /// ```swift
    /// let router = Router()
    /// router.durable(app)
    /// ```
    ///
    /// Put no middleware before it that reads or changes bodies: signatures cover them byte for byte.
    ///
    /// - Parameters:
    ///   - app: the app.
    ///   - path: where the orchestrator looks for apps by itself, unless given.
    @discardableResult
    public func durable(_ app: App, at path: RouterPath = "/api/inngest") -> Self {
        let methods: [HTTPRequest.Method] = [.get, .put, .post, .delete, .patch, .head, .options]
        for method in methods {
            on(path, method: method) { request, _ in try await app.respond(to: request) }
        }
        return self
    }
}

extension App {
    fileprivate func respond(to request: Request) async throws -> Response {
        var body: [UInt8] = []
        for try await part in request.body {
            body.append(contentsOf: part.readableBytesView)
            // The app refuses it; the rest is not read.
            if body.count > configuration.bodyLimit { break }
        }
        guard configuration.isStreaming else {
            let (head, answer) = await handle(request.head, body: body)
            return Response(
                status: head.status, headers: head.headerFields,
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer)))
        }
        let (head, parts) = await handleStreaming(request.head, body: body)
        return Response(
            status: head.status, headers: head.headerFields,
            body: ResponseBody(asyncSequence: parts.map { ByteBuffer(bytes: $0) }))
    }
}
