import JSON

/// The HTTP request that an app wants made for a step (`Gateway`, `AIGateway`), checked.
package struct OutboundRequest: Hashable, Sendable {
    package let url: String
    package let method: String
    /// Names in lower case.
    package let headers: [String: String]
    package let body: [UInt8]
    /// Whether a language model is asked, whose answer counts only when its status says success.
    package let isInference: Bool

    /// Reads the options of an op.
    /// - Throws: ``InvalidOutboundRequest``, which names the option at fault.
    package init(_ options: JSON, isInference: Bool) throws(InvalidOutboundRequest) {
        var url = options["url"]?.string ?? ""
        let scheme = url.lowercased()
        guard scheme.hasPrefix("http://") || scheme.hasPrefix("https://") else {
            throw InvalidOutboundRequest("url: an http or https URL is expected")
        }
        guard url.utf8.count <= 16_384, url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw InvalidOutboundRequest("url: at most 16384 printable ASCII characters are expected")
        }
        var headers = try Self.headers(options["headers"])
        if isInference {
            method = "POST"
            body = Array((options["body"] ?? .emptyObject).bytes)
            headers["content-type"] = headers["content-type"] ?? "application/json"
            try Self.authenticate(options, &url, &headers)
        } else {
            method = try Self.method(options["method"])
            body = options["body"].map { $0.isNull ? [] : Array(($0.string ?? $0.text).utf8) } ?? []
        }
        self.url = url
        self.headers = headers
        self.isInference = isInference
    }

    private static func method(_ json: JSON?) throws(InvalidOutboundRequest) -> String {
        let method = (json?.string).flatMap { $0.isEmpty ? nil : $0.uppercased() } ?? "POST"
        guard ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(method) else {
            throw InvalidOutboundRequest("method: '\(method.prefix(32))' is none that can be made")
        }
        return method
    }

    /// What HTTP itself decides is left to it.
    private static let ownHeaders: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "upgrade", "keep-alive", "te", "trailer",
        "proxy-authorization", "proxy-connection", "accept-encoding",
    ]

    private static func headers(_ json: JSON?) throws(InvalidOutboundRequest) -> [String: String] {
        var headers: [String: String] = [:]
        for member in json?.members ?? JSON.emptyObject.members {
            let name = member.key.lowercased()
            // A list of values is sent as one.
            let value =
                member.value.kind == .array
                ? member.value.elements.map { $0.string ?? $0.text }.joined(separator: ", ")
                : member.value.string ?? member.value.text
            guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte),
                !value.utf8.contains(where: { $0 < 0x20 && $0 != 9 })
            else { throw InvalidOutboundRequest("headers: '\(member.key.prefix(64))' is no valid header") }
            if !ownHeaders.contains(name) { headers[name] = value }
        }
        return headers
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// Each provider wants its key elsewhere. Without a key it is the app's headers that say who asks.
    private static func authenticate(
        _ options: JSON, _ url: inout String, _ headers: inout [String: String]
    ) throws(InvalidOutboundRequest) {
        guard let key = options["auth_key"]?.string, !key.isEmpty else { return }
        guard key.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw InvalidOutboundRequest("auth_key: printable ASCII is expected")
        }
        switch options["format"]?.string {
        case "anthropic": headers["x-api-key"] = key
        case "bedrock": headers["authorization"] = key
        case "gemini":
            let escaped = key.utf8.map { byte in
                let isPlain = isTokenByte(byte | 0x20) && !"&#+%".utf8.contains(byte)
                return isPlain ? String(UnicodeScalar(byte)) : "%" + Hex.encode([byte])
            }
            url += (url.contains("?") ? "&" : "?") + "key=" + escaped.joined()
        default: headers["authorization"] = "Bearer " + key
        }
    }
}

/// A request for a step that can't be made.
package struct InvalidOutboundRequest: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
