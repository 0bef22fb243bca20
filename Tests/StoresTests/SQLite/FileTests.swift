import CSQLite
import Engine
import JSON
import Testing
import Wire

@testable import Stores

@Suite struct FileTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("orchestrator.sqlite")
    }

    private func write(_ store: SQLiteStore, _ prepare: (inout Changes) -> Void) throws {
        var changes = Changes()
        prepare(&changes)
        try store.transaction { try store.write(changes) }
    }

    @Test func syncsEachCommit() throws {
        let store = try SQLiteStore(path: path)
        #expect(try store.connection.pragma("synchronous") == 2)
        #expect(try store.connection.statement("PRAGMA journal_mode").map { $0.text(0) } == ["wal"])
    }

    @Test func isNotSyncedWhereThatIsAskedFor() throws {
        #expect(try SQLiteStore(path: path, durability: .none).connection.pragma("synchronous") == 0)
    }

    @Test func belongsToOneOwner() throws {
        var store: SQLiteStore? = try SQLiteStore(path: path)
        let error = #expect(throws: FileInUse.self) { try SQLiteStore(path: path) }
        #expect(error?.description.contains(path) == true)
        #expect(store != nil)
        store = nil
        _ = try SQLiteStore(path: path)
    }

    @Test func keepsEverythingWhenItIsOpenedAgain() throws {
        let run = Sample.fullRun(1)
        do {
            let store = try SQLiteStore(path: path)
            try write(store) {
                $0.newRuns = [run]
                $0.events = [Sample.event(1)]
                $0.queueItems = [Sample.item(.run(Sample.id(2)), .discover, due: 5)]
                $0.waits = [Sample.wait(Sample.key(2, "w"))]
                $0.history = [Sample.entry(1, 0)]
            }
            try store.transaction { try store.set("clock", to: "paused") }
        }
        let store = try SQLiteStore(path: path)
        #expect(try store.runs([run.id]) == [run])
        #expect(try store.events([Sample.id(1)]) == [Sample.event(1).event])
        #expect(try store.earliestDue(.call) == Sample.time(5))
        #expect(try store.waitPaths(eventName: "go") == [""])
        #expect(try store.setting("clock") == "paused")
        #expect(try Queries(store).history(of: run.id) == [Sample.entry(1, 0)])
    }

    /// The files as a crash leaves them: nothing was closed, the log was not written back.
    @Test func findsWhatWasCommittedBeforeACrash() throws {
        let store = try SQLiteStore(path: path)
        try write(store) { $0.newRuns = [Sample.run(1)] }
        try store.connection.execute("BEGIN IMMEDIATE")
        var changes = Changes()
        changes.newRuns = [Sample.run(2)]
        try store.write(changes)
        let copy = folder.file("copy.sqlite")
        for suffix in ["", "-wal"] { try FileCopy.copy(path + suffix, to: copy + suffix) }
        let survivor = try SQLiteStore(path: copy)
        #expect(try survivor.runs([Sample.id(1), Sample.id(2)]).map(\.id) == [Sample.id(1)])
    }

    @Test func refusesASchemaThatItDoesNotKnow() throws {
        do {
            try SQLiteStore(path: path).connection.execute("PRAGMA user_version = 4711")
        }
        let error = #expect(throws: SchemaTooNew.self) { try SQLiteStore(path: path) }
        #expect(error?.found == 4711)
        #expect(throws: SchemaTooNew.self) { try SQLiteStore(path: path) }
    }

    @Test func saysWhatIsWrongWithAFileThatIsNone() throws {
        let error = #expect(throws: FileNotOpened.self) { try SQLiteStore(path: folder.file("missing/x.sqlite")) }
        #expect(error?.description.contains("missing") == true)
        try FileCopy.write("this is no database, but a text that is long enough to be looked at", to: path)
        #expect(throws: SQLiteError.self) { try SQLiteStore(path: path) }
    }

    @Test func looksUpByIndex() throws {
        let store = try SQLiteStore(path: path)
        let plans = try [
            """
            SELECT 1 FROM queue WHERE lease IS NULL AND work < 2 AND stage = 0 AND rank <= 1
            ORDER BY rank, scope, item LIMIT 1
            """,
            """
            SELECT 1 FROM queue WHERE (stage = 1 OR (work >= 2 AND work <> 5)) AND rank <= 1
            ORDER BY rank, scope, item LIMIT 1
            """,
            "SELECT MIN(rank) FROM queue WHERE lease IS NULL AND work < 2 AND stage = 0",
            "SELECT MIN(rank) FROM queue WHERE (stage = 1 OR (work >= 2 AND work <> 5))",
            "SELECT 1 FROM queue WHERE lease IS NULL AND work = 5 AND stage = 0 AND rank <= 1 ORDER BY rank LIMIT 1",
            "SELECT 1 FROM queue WHERE lane = 'l' ORDER BY rank, scope, item LIMIT 2",
            "SELECT 1 FROM lanes WHERE waits_on = 'g' AND function_id > 'f' ORDER BY function_id, turn, head, id LIMIT 1",
            "SELECT 1 FROM lanes WHERE function_id = 'f' AND version < 5 ORDER BY version, head, id LIMIT 1",
            "SELECT id FROM runs WHERE slot = 'g' LIMIT 10",
            "SELECT id FROM runs WHERE status = 1 AND id > 'a' AND id < 'b' AND function_id = 'f' ORDER BY id LIMIT 5",
            "SELECT id FROM runs WHERE status = 1 AND id > 'a' AND id < 'b' ORDER BY id LIMIT 5",
            "SELECT 1 FROM runs WHERE ended_at < 5 ORDER BY ended_at LIMIT 5",
            "SELECT 1 FROM runs WHERE batch_id = 'b' AND rerun_of IS NULL",
            "SELECT 1 FROM events WHERE (received_at, id) > (1, 'a') AND received_at < 5 ORDER BY received_at, id LIMIT 5",
            "SELECT 1 FROM rule_states WHERE expires_at <= 5 LIMIT 5",
            "SELECT 1 FROM idempotency WHERE expires_at <= 5",
            "SELECT 1 FROM waits w WHERE signal = 's' AND is_replaced = 0",
            "SELECT 1 FROM queue WHERE lease IS NOT NULL ORDER BY lease",
            "SELECT 1 FROM queue WHERE function_id = 'f' AND work = 4",
            "SELECT 1 FROM wait_keys WHERE run_id = 'r' AND step_id = 's'",
            "SELECT path FROM wait_keys WHERE event_name = 'e' AND path > 'p' ORDER BY path LIMIT 1",
        ].flatMap { sql in
            try store.connection.statement("EXPLAIN QUERY PLAN \(sql)").map { $0.text(3) }
        }
        for plan in plans {
            #expect(plan.contains("USING") && !plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }
}
