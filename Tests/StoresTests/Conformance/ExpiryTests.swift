import Engine
import JSON
import Testing
import Wire

@testable import Stores

/// What an engine deletes when it has expired, on each store.
@Suite("What has expired") struct ExpiryTests {
    private static let start = Sample.start
    private static let later = start + .seconds(3 * 3600)

    /// An engine that keeps what has ended for an hour, with a function "f" that "go" starts.
    private func engine(on store: any Store, _ settings: JSON = [:]) throws -> Engine {
        let engine = try Engine(store: store, settings: EngineSettings(retention: .seconds(3600)))
        let function = settings.merging([
            "id": "app-f", "name": "f", "triggers": [["event": "go"]],
            "steps": [
                "step": ["id": "step", "name": "step", "runtime": ["type": "http", "url": "http://app?fnId=f"]]
            ],
        ])
        try perform(
            SyncApp(Registration(url: "http://app", appName: "app", sdk: "test", functions: [function])), on: engine)
        return engine
    }

    private func perform(_ command: any Command, on engine: Engine, at now: Timestamp = start) throws {
        for outcome in engine.execute([command], now: now, room: 0).outcomes { _ = try outcome.get() }
    }

    private func lease(on engine: Engine, at now: Timestamp = start) throws -> Call {
        engine.notice(.call, at: now)
        return try #require(engine.execute([], now: now, room: 1).calls.first)
    }

    private func count(_ table: String, in opened: OpenStore) throws -> Int {
        let queries = try #require(opened.queries)
        return try queries.connection.statement("SELECT count(*) FROM \(table)").map { $0.int(0) }.first ?? -1
    }

    /// Lets an engine delete what it may.
    private func clean(_ engine: Engine, at now: Timestamp = later) {
        for _ in 0..<5 { _ = engine.execute([], now: now, room: 0) }
    }

    @Test("A batch goes with all its events", arguments: StoreKind.all) func batch(_ kind: StoreKind) throws {
        let opened = try kind.open()
        let engine = try engine(on: opened.store, ["batchEvents": ["maxSize": 3, "timeout": "60s"]])
        for _ in 0..<3 { try perform(IngestEvents([["name": "go"]]), on: engine) }
        let call = try lease(on: engine)
        try perform(FinishCall(call.key, lease: call.lease, outcome: .returned(1), status: 200), on: engine)
        #expect(try count("run_events", in: opened) == 2)
        clean(engine)
        for table in ["runs", "run_events", "events", "history"] {
            #expect(try count(table, in: opened) == 0, "\(table)")
        }
    }

    @Test("An ended run stays for as long as a call of it is open, and its slot comes free", arguments: StoreKind.all)
    func openCall(_ kind: StoreKind) throws {
        let opened = try kind.open()
        let engine = try engine(on: opened.store, ["concurrency": 1])
        try perform(IngestEvents([["name": "go"]]), on: engine)
        let call = try lease(on: engine)
        try perform(CancelRun(try #require(call.key.run)), on: engine)
        clean(engine)
        #expect(try count("runs", in: opened) == 1)
        // Its process ends, and another one takes over.
        let heir = try Engine(store: opened.store, settings: EngineSettings(retention: .seconds(3600)))
        try perform(Reconcile(), on: heir, at: Self.later)
        clean(heir, at: Self.later + .seconds(3600))
        #expect(try count("runs", in: opened) == 0)
        #expect(try count("queue", in: opened) == 0)
        try perform(IngestEvents([["name": "go"]]), on: heir, at: Self.later)
        _ = try lease(on: heir, at: Self.later)
    }

    @Test("What is leased for a run that is no more is let go of", arguments: StoreKind.all)
    func orphan(_ kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { $0.queueItems = [Sample.item(.run(Sample.id(1)), .discover, lease: Sample.id(2))] }
        let engine = try engine(on: opened.store)
        try perform(Reconcile(), on: engine)
        #expect(try count("queue", in: opened) == 0)
    }

    @Test("Where it can't be deleted, commands go on, and it is deleted the next time", arguments: StoreKind.all)
    func refused(_ kind: StoreKind) throws {
        let opened = try kind.open()
        let engine = try engine(on: opened.store)
        try perform(IngestEvents([["name": "go"]]), on: engine)
        let call = try lease(on: engine)
        try perform(FinishCall(call.key, lease: call.lease, outcome: .returned(1), status: 200), on: engine)
        try refuseDeletions(in: opened.store, true)
        let batch = engine.execute([IngestEvents([["name": "go"]])], now: Self.later, room: 0)
        #expect(throws: Never.self) { try batch.outcomes.first?.get() }
        #expect(batch.storeError == nil)
        #expect("\(try #require(batch.cleaningError))".contains("not now"))
        #expect(try count("runs", in: opened) == 2)
        try refuseDeletions(in: opened.store, false)
        let due = try #require(engine.nextCleaning)
        #expect(due > Self.later)
        #expect(engine.execute([], now: due, room: 0).cleaningError == nil)
        #expect(try count("runs", in: opened) == 1)
    }

    private func refuseDeletions(in store: any Store, _ isRefused: Bool) throws {
        if let store = store as? PostgresStore {
            try store.connection().execute(
                isRefused
                    ? """
                    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
                    CREATE TRIGGER refused BEFORE DELETE ON history EXECUTE FUNCTION refuse()
                    """ : "DROP TRIGGER refused ON history")
        } else {
            try (store as? SQLiteStore)?.connection.execute(
                isRefused
                    ? "CREATE TRIGGER refused BEFORE DELETE ON history BEGIN SELECT RAISE(ABORT, 'not now'); END"
                    : "DROP TRIGGER refused")
        }
    }
}
