import Foundation

/// Where a server is, and how to get there.
package struct PostgresAddress: Sendable {
    /// A URI or keywords, with every option that libpq knows.
    package let conninfo: String
    package let mode: PostgresMode
    package let patience: PostgresPatience

    package init(_ conninfo: String, mode: PostgresMode = .session, patience: PostgresPatience = PostgresPatience()) {
        self.conninfo = conninfo
        self.mode = mode
        self.patience = patience
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

/// How long a server is waited for. What takes longer is refused, and not tried again at once.
package struct PostgresPatience: Sendable {
    /// For a lock that somebody else has, such as a VACUUM FULL. Much shorter than a statement, so that it is known what
    /// it was.
    package var lock = Duration.seconds(10)
    /// For a statement.
    package var statement = Duration.seconds(30)
    /// For an answer, before the connection is given up. Longer than what the server allows a statement, so that it is
    /// the server who breaks off what is merely slow.
    package var answer = Duration.seconds(45)

    package init() {}
}
