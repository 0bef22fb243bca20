import Engine
import Foundation
import Logging
import Stores
import Wire

/// How to share a PostgreSQL server with other orchestrators.
struct ClusterOptions: Sendable {
    var address: PostgresAddress
    /// What people know this node by; nil for its machine and port.
    var nodeName: String?
    /// How many reads may be under way at once.
    var readers = 4
    var timing = PostgresMember.Timing()
}

/// Where the state is kept: a file that this process owns, or a server that it may share.
struct OrchestratorState: Sendable {
    let openStore: @Sendable () throws -> any Store
    let reads: any Reads
    let nodes: any NodeList
    /// This process among the others; nil where there can be none.
    let member: PostgresMember?
    /// Where it is, in words.
    let description: String
    private let place: StatePlace?

    init(database: String?, cluster: ClusterOptions?, name: String, room: Int, logger: Logger) throws {
        if let cluster {
            var ids = ULIDSource()
            let (address, node) = (cluster.address, ids.next(at: .wall))
            openStore = { try Self.open(address, node, logger) }
            let reader = PostgresReader(address, connections: cluster.readers)
            (reads, nodes) = (reader, reader)
            member = PostgresMember(
                address, id: node, name: cluster.nodeName ?? name, version: OrchestratorVersion.text,
                timing: cluster.timing, logger: logger)
            description = "in \(address.publicText)"
            place = nil
        } else {
            let place = try StatePlace(path: database)
            openStore = { try SQLiteStore(path: place.path, durability: place.isTemporary ? .none : .full) }
            reads = SQLiteReader(path: place.path)
            nodes = SingleNode(name: name, room: room)
            member = nil
            description = place.isTemporary ? "nowhere: it goes when this process ends" : "in \(place.path)"
            self.place = place
        }
    }

    /// Removes what is not to be kept.
    func remove() { place?.remove() }

    /// The server may be starting at the same time.
    private static let patience = 60

    private static func open(_ address: PostgresAddress, _ node: ULID, _ logger: Logger) throws -> PostgresStore {
        for attempt in 0..<patience {
            do {
                return try PostgresStore(address, node: node)
            } catch let error as PostgresError where error.losesConnection {
                if attempt == 0 {
                    logger.warning("PostgreSQL can't be reached yet, trying again", metadata: ["error": "\(error)"])
                }
                Thread.sleep(forTimeInterval: 1)
            }
        }
        return try PostgresStore(address, node: node)
    }
}
