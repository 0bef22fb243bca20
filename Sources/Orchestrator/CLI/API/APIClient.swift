import AsyncHTTPClient
import JSON
import NIOCore
import NIOHTTP1
import Wire

/// Speaks the orchestrator's HTTP API.
struct APIClient: Sendable {
    let endpoint: APIEndpoint
    private let http: HTTPClient
    private let bearer: String?

    init(endpoint: APIEndpoint, signingKey: SigningKey?, http: HTTPClient) {
        self.endpoint = endpoint
        self.http = http
        bearer = signingKey?.hashed
    }

    /// Sends a request and reads the answer.
    /// - Parameter timeout: for the whole exchange.
    /// - Throws: ``CommandFailure`` where the answer is none of 2xx, or there is none.
    func send(
        _ method: HTTPMethod, _ path: APIPath, body: JSON? = nil, timeout: TimeAmount = .seconds(30)
    ) async throws -> APIAnswer {
        var request = HTTPClientRequest(url: endpoint.url + path.text)
        request.method = method
        request.headers.add(name: "Accept", value: "application/json")
        if let bearer { request.headers.add(name: "Authorization", value: "Bearer \(bearer)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.bytes))
        }
        let status: HTTPResponseStatus
        let bytes: [UInt8]
        do {
            let response = try await http.execute(request, timeout: timeout)
            status = response.status
            bytes = Array(buffer: try await response.body.collect(upTo: Self.largestAnswer))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw endpoint.failure(of: error)
        }
        return try APIAnswer(status: Int(status.code), body: bytes, from: endpoint)
    }

    func get(_ path: APIPath) async throws -> APIAnswer { try await send(.GET, path) }

    /// The newest entries of a list, over as many pages as it takes.
    func list(_ path: APIPath, limit: Int) async throws -> APIList {
        var elements: [JSON] = []
        var cursor: String?
        while true {
            let size = min(limit - elements.count, Self.pageSize)
            let page = try await get(path.adding([("limit", String(size)), ("cursor", cursor)]))
            let found = Array(page.data.elements.prefix(limit - elements.count))
            elements += found
            cursor = page.json[path: ["page", "cursor"]]?.string
            let hasMore = page.json[path: ["page", "has_more"]]?.bool ?? false
            guard hasMore, cursor != nil, !found.isEmpty, elements.count < limit else {
                return APIList(elements: elements, hasMore: hasMore, now: page.now)
            }
        }
    }

    /// The orchestrator's present, which in `dev` can be another than this machine's.
    func now() async throws -> Timestamp {
        do {
            let clock = try await get("/v1/clock")
            return clock.data["now"]?.string.flatMap(Timestamp.init(rfc3339:)) ?? clock.now
        } catch let failure as CommandFailure where failure.status == .notFound {
            return .wallClock
        }
    }

    private static let pageSize = 100
    /// Far above any page or timeline; an answer beyond it is a mistake.
    private static let largestAnswer = 256 << 20
}

/// Entries of a list.
struct APIList: Sendable {
    let elements: [JSON]
    /// Whether there are older ones.
    let hasMore: Bool
    let now: Timestamp
}
