import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// Reads the bodies of requests.
enum RequestBytes {
    /// The JSON in a request's body.
    /// - Throws: ``APIError`` 408, 413 or 429, or `JSONError`.
    static func json(of request: Request, limit: Int) async throws -> JSON {
        try JSON(parsing: try await read(request, limit: limit), limits: .intake)
    }

    /// The JSON in a request's body, if it has one.
    static func optionalJSON(of request: Request, limit: Int) async throws -> JSON? {
        let bytes = try await read(request, limit: limit)
        return bytes.isEmpty ? nil : try JSON(parsing: bytes, limits: .intake)
    }

    /// The bytes of a request's body. One that says that it is too large is not waited for.
    /// - Throws: ``APIError`` 408, 413 or 429.
    static func read(_ request: Request, limit: Int) async throws -> [UInt8] {
        let tooLarge = APIError(.contentTooLarge, "the body is larger than \(limit) bytes")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        var bytes: [UInt8] = []
        let start = ContinuousClock.now
        do {
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= limit else { throw tooLarge }
                try BodyShare.current?.take(part.readableBytes)
                bytes += part.readableBytesView
                guard BodyPace.allows(bytes.count, after: ContinuousClock.now - start) else {
                    throw APIError(.requestTimeout, "the body comes in too slowly: \(bytes.count) bytes so far")
                }
            }
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError(.badRequest, "the body can't be read to its end: \(error)")
        }
        return bytes
    }
}

/// How long a body may take. Looked at whenever a part of it comes in; where nothing does, the connection is closed as
/// an idle one.
enum BodyPace {
    private static let patience = Duration.seconds(30)
    /// Beyond that, so many bytes for each second: three minutes for the largest body.
    private static let floor = 64 << 10

    static func allows(_ bytes: Int, after time: Duration) -> Bool {
        time <= patience + .seconds(Double(bytes) / Double(floor))
    }
}
