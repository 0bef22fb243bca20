import ArgumentParser
import Foundation
import Stores

/// The options of an orchestrator on PostgreSQL.
struct ClusterArguments: ParsableArguments {
    @Option(
        help: """
            Keep the state in PostgreSQL, shared with other orchestrators: a URI with every option of libpq. \
            Env: INNGEST_POSTGRES_URI, which does not show the password to other users.
            """)
    var postgresURI: String?

    @Flag(
        help:
            "A pooler in transaction mode stands before PostgreSQL, such as PgBouncer. Env: INNGEST_POSTGRES_POOLER=1.")
    var postgresPooler = false

    @Option(help: "Connections on which this orchestrator reads for the API and the dashboard, 1 to 50.")
    var postgresReaders = 4

    @Option(help: "Seconds after which an orchestrator that says nothing loses its calls to the others.")
    var nodeTimeout = 15

    @Option(help: "What this orchestrator is called in lists; its machine and port, unless said otherwise.")
    var nodeName: String?

    func validate() throws {
        guard (1...50).contains(postgresReaders) else { throw ValidationError("--postgres-readers: 1 to 50") }
        guard (2...600).contains(nodeTimeout) else { throw ValidationError("--node-timeout: 2 to 600 seconds") }
    }

    /// Nil where the state is in a file.
    func options() -> ClusterOptions? {
        let environment = ProcessInfo.processInfo.environment
        guard let uri = postgresURI ?? environment["INNGEST_POSTGRES_URI"], !uri.isEmpty else { return nil }
        let isPooled = postgresPooler || environment["INNGEST_POSTGRES_POOLER"] == "1"
        return ClusterOptions(
            address: PostgresAddress(uri, mode: isPooled ? .transaction : .session), nodeName: nodeName,
            readers: postgresReaders,
            timing: PostgresMember.Timing(lifetime: .seconds(nodeTimeout)))
    }
}
