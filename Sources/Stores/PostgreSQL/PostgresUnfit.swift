import Engine

/// The server does not store what it acknowledges, or can't be used for another reason that an operator has to end.
package struct PostgresUnfit: Error, StoreOutage, CustomStringConvertible {
    package var isOutage: Bool { true }
    package let description: String
}

extension PostgresUnfit {
    /// A server that refuses this process, or that this process does not trust; nil for whatever may pass, such as a
    /// server that is starting.
    ///
    /// - Parameter message: what libpq says, a line or more for each host that it has tried. It has no codes for these.
    init?(connecting message: String) {
        let hosts = message.split(separator: "connection to server at ", omittingEmptySubsequences: true)
        let advice = hosts.map { host in Self.advice.first { host.contains($0.key) }?.value }
        // One host may be away for now, and be the right one.
        guard let first = advice.first, let first, !advice.contains(nil) else { return nil }
        let said = message.split(separator: "\n").joined(separator: " ")
        description = "PostgreSQL can't be used: \(said). \(first)"
    }

    private static let advice: KeyValuePairs = [
        "certificate verify failed":
            "The server's certificate was not signed by the authority in sslrootcert: name the file of the one that did",
        "does not match host name":
            "The server's certificate is for another name: use that one as host, and hostaddr for where it is",
        "root certificate file":
            "sslrootcert has to name the file with the authority that signed the server's certificate",
        "requires a valid client certificate":
            "The server asks for a certificate of the user: name its files with sslcert and sslkey",
        "certificate authentication failed":
            "The certificate in sslcert is for another user than the one in the URI",
        "alert unknown ca": "The server does not know the authority that signed the certificate in sslcert",
        "could not read certificate file": "sslcert has to name the file of the user's certificate",
        "could not load private key file": "sslkey has to name the file of the key that belongs to sslcert",
        "private key file": "sslkey has to name a file that this user, and nobody else, can read (mode 0600)",
        "server does not support SSL": "Set ssl=on in postgresql.conf, or ask for less with sslmode",
        "password authentication failed": "Check the user and the password in the URI",
        "no password supplied": "The URI needs a password, or a passfile",
        "no pg_hba.conf entry": "pg_hba.conf on the server has to let this user in from here",
    ]

    /// A statement that was prepared is not there, or one is that this process has not prepared.
    static let pooled = PostgresUnfit(
        description: "another server process answers than the one before: is a pooler in transaction mode, such as "
            + "PgBouncer, before PostgreSQL? Then start with --postgres-pooler")
}
