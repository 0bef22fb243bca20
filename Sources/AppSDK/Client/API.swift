import JSON
import Wire

/// Requests to the orchestrator's API that need the signing key.
struct API: Sendable {
    let configuration: Configuration
    let keys: Keys

    /// Sends a request, and once more under the fallback key where the first is refused.
    func send(_ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []) async throws
        -> IncomingResponse
    {
        var request = OutgoingRequest(
            method: method, url: configuration.apiOrigin + path,
            headers: configuration.identity.merging(headers) { $1 }, body: body)
        if let key = keys.main { request.headers["authorization"] = "Bearer \(key.hashed)" }
        let response = try await configuration.transport.send(request)
        guard response.isRefusedKey, let fallback = keys.fallback else { return response }
        request.headers["authorization"] = "Bearer \(fallback.hashed)"
        return try await configuration.transport.send(request)
    }
}

/// The secrets shared with the orchestrator.
struct Keys: Sendable {
    let main: SigningKey?
    let fallback: SigningKey?

    /// - Throws: `InvalidSigningKey`.
    init(_ configuration: Configuration) throws {
        main = try configuration.signingKey.map { try SigningKey($0) }
        fallback = try configuration.signingKeyFallback.map { try SigningKey($0) }
    }

    /// Whether one of the keys signed the body, as it came or in canonical form.
    func verify(_ signature: String, of body: [UInt8], at now: Timestamp) -> Bool {
        if verifies(signature, body, now) { return true }
        guard let canonical = try? JSON(parsing: body), !canonical.bytes.elementsEqual(body) else { return false }
        return verifies(signature, Array(canonical.bytes), now)
    }

    private func verifies(_ signature: String, _ body: [UInt8], _ now: Timestamp) -> Bool {
        main?.verify(signature, of: body, at: now) == true || fallback?.verify(signature, of: body, at: now) == true
    }
}
