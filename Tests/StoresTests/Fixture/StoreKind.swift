import Engine
import Foundation
import PostgresRig
import Testing

@testable import Stores

/// A store that has to pass the conformance suite, and how to make an empty one.
struct StoreKind: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let open: @Sendable () throws -> OpenStore

    static let all = [
        StoreKind(testDescription: "SQLite in memory") { OpenStore(try SQLiteStore()) },
        StoreKind(testDescription: "SQLite file") {
            let folder = try TemporaryFolder()
            return OpenStore(try SQLiteStore(path: folder.file("store.sqlite"))) { folder.remove() }
        },
        StoreKind(testDescription: "PostgreSQL") {
            let server = try PostgresServer.shared.get()
            return OpenStore(try PostgresStore(PostgresAddress(try server.newSchema()), node: Sample.id(0)))
        },
        StoreKind(testDescription: "PostgreSQL as a pooler leaves it") {
            let server = try PostgresServer.shared.get()
            let address = PostgresAddress(try server.newSchema(), mode: .transaction)
            return OpenStore(try PostgresStore(address, node: Sample.id(0)))
        },
    ]
}

/// A store for one test; what it leaves behind goes with it.
final class OpenStore {
    let store: any Store
    private let cleanUp: () -> Void

    init(_ store: any Store, cleanUp: @escaping () -> Void = {}) {
        self.store = store
        self.cleanUp = cleanUp
    }

    deinit { cleanUp() }

    /// The queries of the API on this store.
    var queries: Queries? {
        if let postgres = store as? PostgresStore { return (try? postgres.connection()).map { Queries($0) } }
        return (store as? SQLiteStore).map { Queries($0) }
    }

    /// Writes in a transaction of its own.
    func write(_ prepare: (inout Changes) -> Void) throws {
        var changes = Changes()
        prepare(&changes)
        try store.transaction { try store.write(changes) }
    }
}
