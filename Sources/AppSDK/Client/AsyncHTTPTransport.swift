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

    /// How long a request may take.
    var timeout = TimeAmount.seconds(30)
    /// The largest answer that is read, in bytes. The state of a run is 32 MiB at most.
    var responseLimit = 40 << 20

    func send(_ request: OutgoingRequest) async throws -> IncomingResponse {
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = .RAW(value: request.method)
        for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
        if !request.body.isEmpty { outgoing.body = .bytes(ByteBuffer(bytes: request.body)) }
        let response = try await Self.client.execute(outgoing, timeout: timeout)
        let body = try await response.body.collect(upTo: responseLimit)
        return IncomingResponse(status: Int(response.status.code), body: Array(buffer: body))
    }
}
