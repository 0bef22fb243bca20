import Crypto

/// A secret that app and orchestrator share: `signkey-<env>-<hex>`, or the bare hex.
///
/// Never printed: its description says so, and nothing else of it is shown.
package struct SigningKey: Sendable, CustomStringConvertible {
    /// `signkey-<env>-`, or empty.
    private let prefix: Substring
    private let secret: Substring
    private let secretBytes: [UInt8]

    /// - Throws: ``InvalidSigningKey`` where the part after the prefix is no even number of hex digits.
    package init(_ text: String) throws(InvalidSigningKey) {
        let body = text.wholeMatch(of: /(signkey-\w+-)?(.*)/)?.output
        prefix = body?.1 ?? ""
        secret = body?.2 ?? ""
        guard let bytes = Hex.decode(secret), !bytes.isEmpty else { throw InvalidSigningKey() }
        secretBytes = bytes
    }

    package var description: String { "signing key (hidden)" }

    // MARK: Bearer tokens

    /// What an SDK sends as its bearer token: the prefix and the hex SHA-256 of the key's bytes.
    package var hashed: String { prefix + hash }

    /// The hex SHA-256 of the key's bytes, without the prefix: what introspection shows.
    package var hash: String { Hex.encode(SHA256.hash(data: secretBytes)) }

    /// Whether a bearer token is this key or its hash, compared in constant time.
    package func accepts(bearer token: String) -> Bool {
        let presented = Array(token.replacing(/^signkey-\w+-/, with: "").utf8)
        let plain = constantTimeEqual(presented, Array(secret.utf8))
        let hash = constantTimeEqual(presented, Array(Hex.encode(SHA256.hash(data: secretBytes)).utf8))
        return plain || hash
    }

    /// What lets someone do one thing without the key: the hex HMAC-SHA256 of what it is.
    package func token(for purpose: String) -> String {
        var authentication = HMAC<SHA256>(key: SymmetricKey(data: Array(secret.utf8)))
        authentication.update(data: Array("token: \(purpose)".utf8))
        return Hex.encode(authentication.finalize())
    }

    /// By what people tell this key from others. Opens nothing, unlike ``hashed``, whose hash this is the beginning of.
    package var fingerprint: String { String(Self.fingerprint(of: hashed).prefix(12)) }

    /// The hex SHA-256 of a secret, by which people tell it from others.
    package static func fingerprint(of secret: String) -> String { Hex.encode(SHA256.hash(data: Array(secret.utf8))) }

    /// A key for something else, which tells nothing about this one.
    package func derived(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secretBytes), info: Array("orchestrator \(purpose)".utf8),
            outputByteCount: 32)
    }

    // MARK: Signatures

    /// The value of `X-Inngest-Signature` for a body: `t=<unix seconds>&s=<hex HMAC-SHA256 of body and t>`.
    package func sign(_ body: some Sequence<UInt8>, at time: Timestamp) -> String {
        let seconds = String(time.milliseconds / 1000)
        return "t=\(seconds)&s=\(Hex.encode(code(body, seconds)))"
    }

    /// Checks a signature.
    /// - Parameter tolerance: how far its time may be from `now` on either side; nil for any.
    package func verify(
        _ signature: String, of body: some Sequence<UInt8>, at now: Timestamp, tolerance: Duration? = .seconds(300)
    ) -> Bool {
        guard let match = signature.wholeMatch(of: /t=([0-9]{1,12})&s=([0-9a-fA-F]{64})/),
            let seconds = Int64(match.output.1), let presented = Hex.decode(match.output.2)
        else { return false }
        let age = now - Timestamp(milliseconds: seconds * 1000)
        if let tolerance, age > tolerance || age < .zero - tolerance { return false }
        return constantTimeEqual(presented, Array(code(body, String(match.output.1))))
    }

    private func code(_ body: some Sequence<UInt8>, _ seconds: String) -> HMAC<SHA256>.MAC {
        // The key is the text of the hex, not the bytes it stands for.
        var authentication = HMAC<SHA256>(key: SymmetricKey(data: Array(secret.utf8)))
        authentication.update(data: Array(body))
        authentication.update(data: Array(seconds.utf8))
        return authentication.finalize()
    }
}

/// A signing key is not of the form `signkey-<env>-<hex>` or `<hex>` with an even number of hex digits.
package struct InvalidSigningKey: Error, CustomStringConvertible {
    package var description: String {
        "the signing key is not of the form signkey-<env>-<hex> with an even number of hex digits; "
            + "`openssl rand -hex 32` makes one"
    }
}

/// Compares secrets in time that depends on their lengths alone.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
}
