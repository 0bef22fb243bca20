import Foundation

/// Where a server is, and how to get there.
package struct PostgresAddress: Sendable {
    /// A URI or keywords, with every option that libpq knows.
    package let conninfo: String
    package let mode: PostgresMode

    package init(_ conninfo: String, mode: PostgresMode = .session) {
        self.conninfo = conninfo
        self.mode = mode
    }

    /// The address without its password, to be shown.
    package var publicText: String {
        guard var parts = URLComponents(string: conninfo), parts.scheme != nil else {
            return conninfo.replacing(/password\s*=\s*('[^']*'|\S+)/, with: "password=…")
        }
        if parts.password != nil { parts.password = "…" }
        parts.queryItems = parts.queryItems?.filter { $0.name != "password" && $0.name != "sslpassword" }
        return parts.string?.removingPercentEncoding ?? "postgresql://…"
    }
}
