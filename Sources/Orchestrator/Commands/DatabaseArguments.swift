import ArgumentParser
import Foundation
import Stores

/// Which PostgreSQL database.
struct DatabaseArguments: ParsableArguments {
    @Option(
        help: """
            The PostgreSQL database with the state, which orchestrators share: a URI with every option of libpq. \
            Env: INNGEST_POSTGRES_URI, which does not show the password to other users.
            """)
    var postgresURI: String?

    @Flag(
        help:
            "A pooler in transaction mode stands before PostgreSQL, such as PgBouncer. Env: INNGEST_POSTGRES_POOLER=1.")
    var postgresPooler = false

    /// Nil where none is named.
    var address: PostgresAddress? {
        let environment = ProcessInfo.processInfo.environment
        guard let uri = postgresURI ?? environment["INNGEST_POSTGRES_URI"], !uri.isEmpty else { return nil }
        let isPooled = postgresPooler || environment["INNGEST_POSTGRES_POOLER"] == "1"
        return PostgresAddress(uri, mode: isPooled ? .transaction : .session)
    }
}
