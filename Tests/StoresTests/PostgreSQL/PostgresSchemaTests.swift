import Engine
import JSON
import PostgresRig
import Testing
import Wire

@testable import Stores

@Suite("The schema on PostgreSQL") struct PostgresSchemaTests {
    let address: PostgresAddress

    init() throws {
        address = PostgresAddress(try PostgresServer.shared.get().newSchema())
    }

    private typealias Migration = PostgresSchema.Migration
    private static let first = PostgresSchema.current.migrations
    /// A next version that adds a column, which older binaries do not mind.
    private static let expanded = PostgresSchema(
        migrations: first + [Migration(sql: "ALTER TABLE runs ADD COLUMN colour TEXT", minimum: first.count)])
    /// One after that, which takes a column away that older binaries use.
    private static let contracted = PostgresSchema(
        migrations: expanded.migrations + [
            Migration(sql: "ALTER TABLE runs DROP COLUMN colour", minimum: first.count + 2)
        ])

    private func open(_ schema: PostgresSchema = .current, node: Int = 1) throws -> PostgresStore {
        try PostgresStore(address, node: Sample.id(node), schema: schema)
    }

    private func write(_ store: PostgresStore, run: Int) throws {
        var changes = Changes()
        changes.newRuns = [Sample.run(run)]
        try store.transaction { try store.write(changes) }
    }

    @Test("Two neighbouring versions run together while an upgrade rolls through") func rollingUpgrade() throws {
        let old = try open()
        try write(old, run: 1)
        let new = try open(Self.expanded, node: 2)
        try write(new, run: 2)
        try write(old, run: 3)
        let restarted = try open(node: 3)
        #expect(try restarted.transaction { try restarted.runs((1...3).map { Sample.id($0) }) }.count == 3)
    }

    @Test("A schema that takes away what a binary needs is refused by it, with what to do") func tooNew() throws {
        _ = try open(Self.contracted)
        #expect(throws: SchemaTooNew.self) { try open() }
        #expect(throws: SchemaTooNew.self) { try open(Self.expanded) }
        _ = try open(Self.contracted)
    }

    @Test("Nothing is taken away while an old node still runs") func oldNodes() throws {
        _ = try open()
        try PostgresConnection(address).execute(
            """
            INSERT INTO nodes (id, name, version, schema_version, alive_until, is_draining, open_calls, room)
            VALUES ('x', 'the-old-one', '1', 1, now() + interval '1 hour', 0, 0, 0)
            """)
        do {
            _ = try open(Self.contracted)
            Issue.record("it was migrated")
        } catch let error as SchemaInUse {
            #expect(error.nodes == ["the-old-one"])
        }
        // Nothing of it has happened.
        #expect(try PostgresConnection(address).rows("SELECT version FROM schema_version") { $0.int(0) } == [1])
        try PostgresConnection(address).execute("DELETE FROM nodes")
        _ = try open(Self.contracted)
    }

    @Test("A node that was cut off while what it needs was taken away writes nothing any more") func cutOff() throws {
        let old = try open()
        try write(old, run: 1)
        // It is not alive as far as the others know, and has its connection still.
        _ = try open(Self.contracted, node: 2)
        do {
            try write(old, run: 2)
            Issue.record("it wrote")
        } catch let error as SchemaTooNew {
            #expect(error.isOutage)
        }
        #expect(try PostgresConnection(address).rows("SELECT id FROM runs") { $0.text(0) }.count == 1)
    }

    @Test("A migration takes as long as it takes, and waits for nobody who is at work") func slowMigration() throws {
        _ = try open()
        var patience = PostgresPatience()
        (patience.statement, patience.answer, patience.lock) = (
            .milliseconds(200), .milliseconds(400), .milliseconds(200)
        )
        let hasty = PostgresAddress(address.conninfo, patience: patience)
        let slow = PostgresSchema(migrations: Self.first + [Migration(sql: "SELECT pg_sleep(1)", minimum: 1)])
        _ = try PostgresStore(hasty, node: Sample.id(1), schema: slow)
        try write(open(slow), run: 1)
    }

    @Test("Runs in flight go on over an upgrade in which two versions are at work on them") func runsInFlight() throws {
        let now = Cluster.start
        func engine(_ schema: PostgresSchema, _ node: Int) throws -> Engine {
            try Engine(store: try open(schema, node: node))
        }
        func perform(_ command: any Command, on engine: Engine) throws {
            _ = try engine.execute([command], now: now, room: 0).outcomes[0].get()
        }
        func calls(_ engine: Engine, _ room: Int) -> [Call] {
            engine.notice(.call, at: now)
            return engine.execute([], now: now, room: room).calls
        }
        func answer(_ call: Call) -> FinishCall {
            FinishCall(call.key, lease: call.lease, outcome: .returned(1), status: 200)
        }
        let old = try engine(.current, 1)
        let function: JSON = [
            "id": "app-f", "name": "f", "triggers": [["event": "go"]],
            "steps": [
                "step": ["id": "step", "name": "step", "runtime": ["type": "http", "url": "http://app?fnId=f"]]
            ],
        ]
        let app = Registration(url: "http://app", appName: "app", sdk: "test", functions: [function])
        try perform(SyncApp(app), on: old)
        try perform(IngestEvents(Array(repeating: ["name": "go"], count: 6)), on: old)
        let first = calls(old, 2)
        // Expand: the next version starts beside it, and either brings the other's answers.
        let new = try engine(Self.expanded, 2)
        let second = calls(new, 2)
        for call in first { try perform(answer(call), on: new) }
        for call in second { try perform(answer(call), on: old) }
        try perform(IngestEvents([["name": "go"]]), on: old)
        let third = calls(new, 1)
        // Contract: the old version is gone, and one that has stayed is refused; the one before it goes on.
        let newest = try engine(Self.contracted, 3)
        #expect(throws: SchemaTooNew.self) { try perform(answer(third[0]), on: old) }
        try perform(answer(third[0]), on: newest)
        for call in calls(newest, 9) { try perform(answer(call), on: newest) }
        let runs = try Queries(PostgresConnection(address)).runs(RunQuery(limit: 100)).elements
        #expect(runs.map(\.status) == Array(repeating: .completed, count: 7))
    }

    @Test("Many that start at once migrate once") func together() async throws {
        let address = address
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in 0..<6 {
                group.addTask { _ = try PostgresStore(address, node: Sample.id(node)) }
            }
            try await group.waitForAll()
        }
        #expect(try PostgresConnection(address).rows("SELECT version FROM schema_version") { $0.int(0) }.count == 1)
    }
}

@Suite("Text on PostgreSQL") struct PostgresTextTests {
    private static let mark = String(decoding: [0xEF, 0xB7, 0x90], as: UTF8.self)

    @Test(arguments: ["", "a", "a\u{0}b", "\u{0}", mark, mark + "0\u{0}1" + mark, "ﷰ，é\u{1F600}"])
    func holdsEveryCharacter(text: String) throws {
        var stored: [UInt8] = []
        PostgresText.append(text, to: &stored)
        #expect(!stored.contains(0))
        #expect(stored.withUnsafeBufferPointer { PostgresText.read($0) } == text)
    }
}
