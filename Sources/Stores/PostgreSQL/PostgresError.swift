import Engine

/// What PostgreSQL, or the way to it, reports.
package struct PostgresError: Error, StoreOutage, CustomStringConvertible {
    /// SQLSTATE; empty where the server said nothing.
    package let code: String
    package let message: String
    /// What it was about.
    package let sql: String

    package var description: String {
        let state = code.isEmpty ? "" : " \(code)"
        let text = message.split(separator: "\n").joined(separator: " ")
        return "PostgreSQL error\(state): \(text)" + (sql.isEmpty ? "" : " (in: \(sql.prefix(200)))")
    }

    /// Whether the same transaction may succeed when it is run again: another one was in its way.
    var isConflict: Bool {
        // Serialization failure, deadlock, lock not available, unique violation, lock timeout.
        ["40001", "40P01", "55P03", "23505"].contains(code)
    }

    /// Whether the next transaction would fare no better now: there is no server, or it has no room, or has let this one
    /// wait for as long as it may. After a lost connection it is not known either whether a commit has happened.
    package var isOutage: Bool {
        // A statement or a lock that took too long; the disk, memory or connections at an end; cancelled by hand.
        losesConnection || code.hasPrefix("53") || ["57014", "55P03"].contains(code)
    }

    /// Whether statements that were prepared are not those of this connection: the server is not the one from before.
    var hasOtherStatements: Bool { ["26000", "42P05"].contains(code) }

    /// Whether the connection is of no more use: the server ends, is a standby, or has gone.
    package var losesConnection: Bool {
        code.isEmpty || code.hasPrefix("08") || ["57P01", "57P02", "57P03", "57P05", "25006", "25P03"].contains(code)
    }
}
