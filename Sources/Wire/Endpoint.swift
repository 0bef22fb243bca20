import JSON

/// An HTTP endpoint whose handler is a durable function, as the event of its run describes the request to it:
/// `{domain, method, path, query_params?, content_type?, body?, fn?, …}`.
package struct Endpoint: Sendable {
    /// Host and port.
    package let domain: String
    /// With its scheme.
    package let origin: String
    package let method: String
    package let path: String
    package let query: String
    package let contentType: String?
    package let body: [UInt8]
    private let name: String?

    /// - Throws: ``InvalidEndpoint``, which names the field at fault.
    package init(_ data: JSON) throws(InvalidEndpoint) {
        guard let domain = data["domain"]?.string, !domain.isEmpty,
            domain.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw InvalidEndpoint("domain: a host is expected, with its port if it has one") }
        let scheme = domain.range(of: "://").map { domain[..<$0.lowerBound].lowercased() }
        guard scheme == nil || scheme == "http" || scheme == "https" else {
            throw InvalidEndpoint("domain: '\(domain.prefix(64))' is neither http nor https")
        }
        let rest = domain.range(of: "://").map { domain[$0.upperBound...] } ?? domain[...]
        let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !host.isEmpty, !host.contains("@"), host.utf8.count <= 255 else {
            throw InvalidEndpoint("domain: a host is expected, with its port if it has one")
        }
        self.domain = String(host)
        let isLocal = host.hasPrefix("localhost") || host.hasPrefix("127.") || host.hasPrefix("[::1]")
        origin = (scheme ?? (isLocal ? "http" : "https")) + "://" + host
        let method = (data["method"]?.string ?? "POST").uppercased()
        guard ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"].contains(method) else {
            throw InvalidEndpoint("method: '\(method.prefix(32))' is none that can be repeated")
        }
        self.method = method
        let path = data["path"]?.string ?? "/"
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !path.contains("?"),
            path.utf8.count <= 4096
        else { throw InvalidEndpoint("path: a path is expected, with its percent escapes") }
        self.path = path
        let query = data["query_params"]?.string ?? ""
        guard query.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), query.utf8.count <= 16_384 else {
            throw InvalidEndpoint("query_params: a query is expected, with its percent escapes")
        }
        self.query = query.hasPrefix("?") ? String(query.dropFirst()) : query
        let contentType = data["content_type"]?.string ?? ""
        guard contentType.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw InvalidEndpoint("content_type: printable ASCII is expected")
        }
        self.contentType = contentType.isEmpty ? nil : contentType
        body = data["body"].map { $0.isNull ? [] : Array(($0.string ?? $0.text).utf8) } ?? []
        name = data["fn"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    package var url: String { origin + path + (query.isEmpty ? "" : "?" + query) }

    /// Unique in the environment: what the app calls it, or how it is requested.
    package var slug: String { "\(domain)-\(name ?? "\(method) \(path)")" }

    /// The endpoint as if it had registered.
    package func registration(retries: Int) -> JSON {
        [
            "id": .string(slug), "name": .string(name ?? "\(method) \(path)"),
            "steps": [
                "step": [
                    "retries": ["attempts": .int(retries)],
                    "runtime": ["type": .string(Self.runtime), "url": .string(origin + path)],
                ]
            ],
            "triggers": [],
        ]
    }

    /// The kind of runtime that says: repeat the request instead of calling an SDK.
    package static let runtime = "http_endpoint"
}

/// A request that can't be repeated as it was described.
package struct InvalidEndpoint: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
