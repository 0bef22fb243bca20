import HTTPTypes
import Hummingbird
import NIOCore

/// `GET /v1/live`: server-sent events for those who watch.
struct LiveRoutes {
    let feed: LiveFeed
    let sessions: DashboardSessions

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.get("/v1/live") { request, _ in try live(request) }
    }

    private func live(_ request: Request) throws -> Response {
        let parameters = QueryParameters(request)
        let last = HTTPField.Name("Last-Event-ID").flatMap { request.headers[$0] } ?? parameters["last_event_id"]
        let run = try parameters.id("run")
        let headers: HTTPFields = [.contentType: "text/event-stream", .cacheControl: "no-store"]
        if request.method == .head { return Response(status: .ok, headers: headers) }
        let session = Credentials.showsToken(request) ? nil : sessions.session(of: request)
        guard let stream = feed.listen(after: last, run: run) else {
            throw APIError(
                .tooManyRequests, "\(LiveFeed.maximumListeners) live streams are open, which is the limit: close some")
        }
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                // Told at once, so that browsers know that they are connected.
                try await writer.write(ByteBuffer(string: "retry: 1000\n\n"))
                for await frame in stream {
                    // Beats come also where nothing else does.
                    if session?.hasEnded == true { break }
                    try await writer.write(frame)
                }
                try await writer.finish(nil)
            })
    }
}
