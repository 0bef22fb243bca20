import CLibPQ

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

    /// User, hosts and database, as libpq understands them, to be shown: nothing that is secret.
    package var publicText: String {
        guard let first = PQconninfoParse(conninfo, nil) else { return "postgresql://…" }
        defer { PQconninfoFree(first) }
        var options: [String: String] = [:]
        var option = first
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        func list(_ name: String) -> [Substring] {
            options[name]?.split(separator: ",", omittingEmptySubsequences: false) ?? []
        }
        let names = list("host").isEmpty ? list("hostaddr") : list("host")
        let ports = list("port")
        let hosts = names.enumerated().map { index, host in
            let port = ports.count == 1 ? ports.first : ports.dropFirst(index).first
            return host + (port.map { $0.isEmpty ? "" : ":\($0)" } ?? "")
        }
        let place = "\(hosts.joined(separator: ","))/\(options["dbname"] ?? "")"
        // A password with characters that are not escaped stands where it does not belong.
        guard !place.contains("@"), ports.allSatisfy({ $0.allSatisfy(\.isNumber) }) else { return "postgresql://…" }
        return "postgresql://" + (options["user"].map { "\($0)@" } ?? "") + place
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
