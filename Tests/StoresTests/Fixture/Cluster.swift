import Engine
import JSON
import PostgresRig
import Testing
import Wire

@testable import Stores

/// Engines on one database, used in turns as several orchestrators would use them.
struct Cluster {
    static let start = Timestamp(milliseconds: 1_767_225_600_000)

    let address: PostgresAddress
    let stores: [PostgresStore]
    let engines: [Engine]
    let queries: Queries

    init(nodes: Int = 2) throws {
        let address = PostgresAddress(try PostgresServer.shared.get().newSchema())
        let stores = try (1...nodes).map { try PostgresStore(address, node: Sample.id($0)) }
        self.address = address
        self.stores = stores
        engines = try stores.map { try Engine(store: $0) }
        queries = Queries(try PostgresConnection(address))
        for number in 1...nodes { try live(number - 1) }
    }

    /// Has a node count as alive, or as dead.
    func live(_ node: Int, _ isAlive: Bool = true) throws {
        let until = isAlive ? "+ interval '1 hour'" : "- interval '1 second'"
        try PostgresConnection(address).execute(
            """
            INSERT INTO nodes (id, name, version, schema_version, alive_until, is_draining, open_calls, room)
            VALUES ('\(Sample.id(node + 1))', 'n', '1', 1, now() \(until), 0, 0, 0)
            ON CONFLICT (id) DO UPDATE SET alive_until = EXCLUDED.alive_until
            """)
    }

    @discardableResult
    func perform<C: Command>(_ command: C, on node: Int, at now: Timestamp = Self.start) throws -> C.Outcome {
        let outcome = try engines[node].execute([command], now: now, room: 0).outcomes.first?.get()
        return try #require(outcome as? C.Outcome)
    }

    /// Registers functions: of each its id, and its settings, which have `triggers` at least.
    func register(_ functions: (id: String, settings: JSON)..., on node: Int = 0) throws {
        let configs = functions.map { function -> JSON in
            let base: [String: JSON?] = [
                "id": .string("app-\(function.id)"), "name": .string(function.id),
                "steps": [
                    "step": [
                        "id": "step", "name": "step",
                        "runtime": ["type": "http", "url": .string("http://app?fnId=\(function.id)")],
                    ]
                ],
            ]
            return function.settings.merging(base)
        }
        try perform(SyncApp(Registration(url: "http://app", appName: "app", sdk: "test", functions: configs)), on: node)
    }

    /// Leases what is due.
    func lease(on node: Int, room: Int = 100, at now: Timestamp = Self.start) -> [Call] {
        engines[node].notice(.call, at: now)
        return engines[node].execute([], now: now, room: room).calls
    }

    @discardableResult
    func finish(_ call: Call, on node: Int, _ output: JSON = 1) throws -> FinishCall.Outcome {
        try perform(FinishCall(call.key, lease: call.lease, outcome: .returned(output), status: 200), on: node)
    }

    func runs() throws -> [Run] { try queries.runs(RunQuery(limit: 1000)).elements }
}
