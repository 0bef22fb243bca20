import JSON
import Synchronization

@testable import AppSDK

/// Answers requests as a test says, and notes them.
final class StubTransport: HTTPTransport {
    private let received = Mutex<[OutgoingRequest]>([])
    private let respond: @Sendable (OutgoingRequest, _ count: Int) throws -> IncomingResponse

    /// - Parameter respond: gets the request, and how many there were, this one included.
    init(_ respond: @escaping @Sendable (OutgoingRequest, _ count: Int) throws -> IncomingResponse) {
        self.respond = respond
    }

    var requests: [OutgoingRequest] { received.withLock { $0 } }

    func send(_ request: OutgoingRequest) async throws -> IncomingResponse {
        let count = received.withLock { received in
            received.append(request)
            return received.count
        }
        return try respond(request, count)
    }
}

extension IncomingResponse {
    init(_ status: Int, _ json: JSON) { self.init(status: status, body: Array(json.bytes)) }
}
