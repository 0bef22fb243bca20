import Engine
import JSON
import Testing
import Wire

@testable import Stores

/// What an engine deletes when it has expired, on each store.
@Suite("What has expired") struct ExpiryTests {
    private static let later = Sample.start + .seconds(3 * 3600)

    /// What has ended is kept for an hour.
    private static let settings = EngineSettings(retention: .seconds(3600))

    private func engine(on store: any Store, _ rules: JSON = [:]) throws -> Engine {
        try Engine.oneFunction(on: store, rules, settings: Self.settings)
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
        for _ in 0..<3 { try engine.perform(IngestEvents([["name": "go"]])) }
        let call = try engine.lease()
        try engine.perform(FinishCall(call.key, lease: call.lease, outcome: .returned(1), status: 200))
        #expect(try count("run_events", in: opened) == 2)
        clean(engine)
        for table in ["runs", "run_events", "events", "history"] {
            #expect(try count(table, in: opened) == 0, "\(table)")
        }
    }

    @Test("An event stays that another function collects when its run goes", arguments: StoreKind.all)
    func collected(_ kind: StoreKind) throws {
        let opened = try kind.open()
        let engine = try engine(on: opened.store)
        let other: JSON = [
            "debounce": ["period": "1d"], "id": "other-g", "name": "g", "triggers": [["event": "go"]],
            "steps": [
                "step": ["id": "step", "name": "step", "runtime": ["type": "http", "url": "http://other?fnId=g"]]
            ],
        ]
        try engine.perform(
            SyncApp(Registration(url: "http://other", appName: "other", sdk: "test", functions: [other])))
        try engine.perform(IngestEvents([["data": ["n": 7], "name": "go"]]))
        let call = try engine.lease()
        try engine.perform(FinishCall(call.key, lease: call.lease, outcome: .returned(1), status: 200))
        clean(engine)
        #expect(try count("runs", in: opened) == 0)
        let due = Sample.start + .seconds(86_400)
        engine.notice(.timer, at: due)
        _ = engine.execute([], now: due, room: 0)
        #expect(try engine.lease(at: due).request.events.map { $0["data"]?["n"] } == [7])
    }

    @Test("What a throttle counted for a value of its key goes when it counts no more", arguments: StoreKind.all)
    func throttle(_ kind: StoreKind) throws {
        let opened = try kind.open()
        let rule: JSON = ["key": "event.data.user", "limit": 1, "period": "60s"]
        let engine = try engine(on: opened.store, ["throttle": rule])
        func start(_ user: String, at now: Timestamp) throws {
            try engine.perform(IngestEvents([["data": ["user": .string(user)], "name": "go"]]), at: now)
            let call = try engine.lease(at: now)
            try engine.perform(FinishCall(call.key, lease: call.lease, outcome: .returned(1), status: 200), at: now)
        }
        for user in ["a", "b", "c"] { try start(user, at: Sample.start) }
        #expect(try count("gates", in: opened) == 3)
        let soon = Sample.start + .seconds(700)
        try start("c", at: soon)
        clean(engine, at: soon)
        #expect(try count("gates", in: opened) == 1, "the one that is used up for a minute")
        clean(engine)
        #expect(try count("gates", in: opened) == 0)
        try start("a", at: Self.later)
    }

    @Test("Of many gates those go that nobody needs, some at a time", arguments: StoreKind.all)
    func gates(_ kind: StoreKind) throws {
        let opened = try kind.open()
        let past = (Sample.start.milliseconds - 10_000) * 1000
        let ahead = (Self.later.milliseconds + 10_000) * 1000
        func gate(_ id: String, held: Int = 0, until: Int64? = nil, isAwaited: Bool = false) -> Gate {
            Gate(id: GateID(stored: id), name: "", held: held, usedUntil: until, isAwaited: isAwaited)
        }
        let needed = [
            gate("r:0001-held", held: 1), gate("r:0500-used", until: ahead),
            gate("r:0900-awaited", until: past, isAwaited: true), gate("r:1300-waiting", held: 1, until: past),
        ]
        try opened.write { $0.gates = (0..<1400).map { gate("r:\(10_000 + $0)", until: past) } + needed }
        var left = try count("gates", in: opened)
        repeat {
            let hasMore = try opened.store.transaction {
                try opened.store.clean(Cleaning(now: Self.later, horizon: nil))
            }
            let now = try count("gates", in: opened)
            #expect(left - now <= Limits.rowsPerCleaning)
            (left, _) = (now, try #require(hasMore || now == needed.count))
            if !hasMore { break }
        } while true
        let kept = try opened.store.transaction { try opened.store.gates(needed.map(\.id)) }
        #expect(Set(kept) == Set(needed))
    }

    @Test("An ended run stays for as long as a call of it is open, and its slot comes free", arguments: StoreKind.all)
    func openCall(_ kind: StoreKind) throws {
        let opened = try kind.open()
        let engine = try engine(on: opened.store, ["concurrency": 1])
        try engine.perform(IngestEvents([["name": "go"]]))
        let call = try engine.lease()
        try engine.perform(CancelRun(try #require(call.key.run)))
        clean(engine)
        #expect(try count("runs", in: opened) == 1)
        // Its process ends, and another one takes over.
        let heir = try Engine(store: opened.store, settings: Self.settings)
        try heir.perform(Reconcile(), at: Self.later)
        clean(heir, at: Self.later + .seconds(3600))
        #expect(try count("runs", in: opened) == 0)
        #expect(try count("queue", in: opened) == 0)
        try heir.perform(IngestEvents([["name": "go"]]), at: Self.later)
        _ = try heir.lease(at: Self.later)
    }

    @Test("What is leased for a run that is no more is let go of", arguments: StoreKind.all)
    func orphan(_ kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { $0.queueItems = [Sample.item(.run(Sample.id(1)), .discover, lease: Sample.id(2))] }
        let engine = try engine(on: opened.store)
        try engine.perform(Reconcile())
        #expect(try count("queue", in: opened) == 0)
    }

    @Test("Where it can't be deleted, commands go on, and it is deleted the next time", arguments: StoreKind.all)
    func refused(_ kind: StoreKind) throws {
        let opened = try kind.open()
        let engine = try engine(on: opened.store)
        try engine.perform(IngestEvents([["name": "go"]]))
        let call = try engine.lease()
        try engine.perform(FinishCall(call.key, lease: call.lease, outcome: .returned(1), status: 200))
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
