/// How HTTP requests leave the process.
package protocol HTTPTransport: Sendable {
    /// - Throws: whatever kept the request from being answered.
    func send(_ request: OutgoingRequest) async throws -> IncomingResponse
}

/// A request to the orchestrator.
package struct OutgoingRequest: Hashable, Sendable {
    package var method: String
    package var url: String
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(method: String, url: String, headers: [String: String], body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// What the orchestrator answered.
package struct IncomingResponse: Hashable, Sendable {
    package var status: Int
    package var body: [UInt8]

    package init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    var isSuccess: Bool { (200..<300).contains(status) }
    /// The beginning of the body, for errors.
    var excerpt: String { String(decoding: body.prefix(500), as: UTF8.self) }
    /// Another signing key may be accepted.
    var isRefusedKey: Bool { status == 401 || status == 403 }
}
