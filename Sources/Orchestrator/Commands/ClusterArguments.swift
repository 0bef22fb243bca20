import ArgumentParser
import Stores

/// The options of an orchestrator on PostgreSQL.
struct ClusterArguments: ParsableArguments {
    @OptionGroup var database: DatabaseArguments

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
        guard let address = database.address else { return nil }
        return ClusterOptions(
            address: address, nodeName: nodeName, readers: postgresReaders,
            timing: PostgresMember.Timing(lifetime: .seconds(nodeTimeout)))
    }
}
