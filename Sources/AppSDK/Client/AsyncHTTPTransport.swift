import AsyncHTTPClient
import NIOCore

/// Sends over HTTP, with one client for the process.
struct AsyncHTTPTransport: HTTPTransport {
    /// Unlike the shared client it does not dial again where nobody answers: the caller is told at once.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration.singletonConfiguration
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(5)
        return HTTPClient(configuration: configuration)
    }()

    /// How long a request may take, to the last byte of the answer.
    var timeout = Duration.seconds(30)
    /// The largest answer that is read, in bytes. The state of a run is 32 MiB at most.
    var responseLimit = 40 << 20

    func send(_ request: OutgoingRequest) async throws -> IncomingResponse {
        let timeout = timeout
        return try await withThrowingTaskGroup(of: IncomingResponse.self) { group in
            group.addTask { try await exchange(request) }
            // The client's own timeout ends with the head of the answer; a body may come for ever.
            group.addTask {
                try await Task.sleep(for: timeout)
                throw RequestTimedOut(timeout: timeout)
            }
            defer { group.cancelAll() }
            guard let response = try await group.next() else { throw CancellationError() }
            return response
        }
    }

    private func exchange(_ request: OutgoingRequest) async throws -> IncomingResponse {
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = .RAW(value: request.method)
        for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        let response = try await Self.client.execute(outgoing, deadline: .distantFuture)
        let body = try await response.body.collect(upTo: responseLimit)
        return IncomingResponse(status: Int(response.status.code), body: Array(buffer: body))
    }
}

/// A request took too long.
private struct RequestTimedOut: Error, CustomStringConvertible {
    let timeout: Duration
    var description: String { "no complete answer within \(timeout)" }
}
