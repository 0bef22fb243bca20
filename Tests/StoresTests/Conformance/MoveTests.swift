import Engine
import Foundation
import JSON
import PostgresRig
import Testing
import Wire

@testable import Stores

/// Runs in flight that are moved from one store to another, finished there, and the same on the way back.
@Suite("Moving runs in flight") struct MoveTests {
    private static let later = Cluster.start + .seconds(7200)

    private static func function(_ id: String, _ settings: JSON = [:]) -> JSON {
        settings.merging([
            "id": .string("app-\(id)"), "name": .string(id), "triggers": [["event": .string(id)]],
            "steps": [
                "step": [
                    "id": "step", "name": "step",
                    "runtime": ["type": "http", "url": .string("http://app?fnId=\(id)")],
                ]
            ],
        ])
    }

    private static let functions: [JSON] = [
        function("asleep"), function("waiting"), function("retried"), function("open"), function("signalled"),
        function("limited", ["concurrency": 1]), function("paced", ["throttle": ["limit": 1, "period": "1m"]]),
        function("batched", ["batchEvents": ["maxSize": 10, "timeout": "60s"]]),
        function("debounced", ["debounce": ["period": "30s"]]),
        function("alone", ["singleton": ["mode": "skip"]]), function("deferred"), function("cancelled"),
    ]

    private func perform(_ commands: [any Command], on engine: Engine, at now: Timestamp = Cluster.start) throws {
        for outcome in engine.execute(commands, now: now, room: 0).outcomes { _ = try outcome.get() }
    }

    private func finish(_ call: Call, _ outcome: CallOutcome, on engine: Engine) throws {
        try perform([FinishCall(call.key, lease: call.lease, outcome: outcome, status: 206)], on: engine)
    }

    /// Leaves runs in every state in a store.
    private func begin(on store: any Store) throws {
        let engine = try Engine(store: store)
        try perform(
            [SyncApp(Registration(url: "http://app", appName: "app", sdk: "test", functions: Self.functions))],
            on: engine)
        let names = Self.functions.compactMap { $0["name"]?.string }
        try perform(names.map { IngestEvents([["name": .string($0), "data": ["n": 1]]]) }, on: engine)
        // Two that have to wait for the first ones.
        try perform(["limited", "paced"].map { IngestEvents([["name": .string($0)]]) }, on: engine)
        for call in engine.execute([], now: Cluster.start, room: 100).calls {
            let name = call.request.events.first?["name"]?.string
            switch name {
            case "asleep", "cancelled":
                let op = Op(.sleep, id: StepID("nap"), options: ["duration": "1h"])
                try finish(call, .ops([op], retryAfter: nil), on: engine)
            case "waiting":
                let op = Op(
                    .waitForEvent, id: StepID("wait"), options: ["event": "answer", "timeout": "3h"])
                try finish(call, .ops([op], retryAfter: nil), on: engine)
            case "signalled":
                let op = Op(
                    .waitForSignal, id: StepID("signal"), options: ["signal": "s", "timeout": "3h"])
                try finish(call, .ops([op], retryAfter: nil), on: engine)
            case "retried":
                let error = ReportedError(name: "Error", message: "not yet")
                try finish(call, .failed(error, retriable: true, retryAfter: nil), on: engine)
            case "deferred":
                let op = Op(
                    .deferAdd, id: StepID("later"), options: ["fn_slug": "app-open", "input": [:]])
                let run = try #require(call.key.run)
                try perform([Checkpoint(run: run, function: nil, lease: call.lease, ops: [op])], on: engine)
            default: break
            }
        }
        // A job that has been asked for and has done nothing yet.
        try perform(
            [StartBulkJob(.cancel, functions: ["app-cancelled"], statuses: [.scheduled, .running])], on: engine)
    }

    /// Has all of it come to its end on a store.
    private func end(on store: any Store) throws {
        let engine = try Engine(store: store)
        try perform([Reconcile(held: [])], on: engine)
        try perform([IngestEvents([["name": "answer"]]), SendSignal("s", data: 1)], on: engine)
        var now = Cluster.start
        while now < Self.later {
            for _ in 0..<10 {
                engine.notice(.timer, at: now)
                engine.notice(.call, at: now)
                let calls = engine.execute([], now: now, room: 100).calls
                for call in calls {
                    let answer = FinishCall(call.key, lease: call.lease, outcome: .returned("done"), status: 200)
                    try perform([answer], on: engine, at: now)
                }
            }
            now = now + .seconds(60)
        }
    }

    private func move(_ source: some Dump.End & Store, to target: some Dump.End & Store) throws {
        var bytes: [UInt8] = []
        try Dump.export(source) { bytes += $0 }
        try Dump.load(bytes.split(separator: UInt8(ascii: "\n")), into: target)
    }

    private func postgres() throws -> PostgresStore {
        try PostgresStore(PostgresAddress(try PostgresServer.shared.get().newSchema()), node: Sample.id(1))
    }

    /// The runs of each function with their results.
    private func results(_ store: some Dump.End & Store) throws -> [String: [Run.Status]] {
        let table = StoreTable.moved.first { $0.name == "runs" }
        let runs = try store.rows(of: try #require(table), after: nil, limit: 1000).compactMap { row in
            if case .text(let id) = row[0] { ULID(id) } else { nil }
        }
        let found = try store.transaction { try store.runs(runs) }
        let functions = try store.functions()
        return Dictionary(grouping: found) { run in functions.first { $0.id == run.functionID }?.config.name ?? "" }
            .mapValues { $0.map(\.status) }
    }

    private func expectAllEnded(_ results: [String: [Run.Status]]) {
        for function in Self.functions.compactMap({ $0["name"]?.string }) {
            let count = ["limited", "paced"].contains(function) ? 2 : 1
            let statuses = results[function] ?? []
            #expect(statuses.count >= count, "\(function)")
            let end: Run.Status = function == "cancelled" ? .cancelled : .completed
            #expect(statuses.allSatisfy { $0 == end }, "\(function): \(statuses)")
        }
    }

    @Test("From SQLite to PostgreSQL") func forth() throws {
        let source = try SQLiteStore()
        try begin(on: source)
        let target = try postgres()
        try move(source, to: target)
        try end(on: target)
        expectAllEnded(try results(target))
    }

    @Test("From PostgreSQL to SQLite") func back() throws {
        let source = try postgres()
        try begin(on: source)
        let target = try SQLiteStore()
        try move(source, to: target)
        try end(on: target)
        expectAllEnded(try results(target))
    }

    @Test("What is exported is one moment, while others go on") func oneMoment() throws {
        let cluster = try Cluster(nodes: 2)
        try cluster.register(("f", ["triggers": [["event": "go"]]]))
        try cluster.perform(IngestEvents([["name": "go"]]), on: 0)
        var (before, after) = ("", "")
        try Dump.export(cluster.stores[0]) { line in
            // Another node takes an event in after the export has begun to look.
            if before.isEmpty { _ = try cluster.stores[0].apps() }
            if before.isEmpty { try cluster.perform(IngestEvents([["name": "go"]]), on: 1) }
            before += String(decoding: line, as: UTF8.self)
        }
        try Dump.export(cluster.stores[0]) { after += String(decoding: $0, as: UTF8.self) }
        func runs(_ text: String) -> Int { text.components(separatedBy: "run.queued").count - 1 }
        #expect(runs(before) == 1)
        #expect(runs(after) == 2)
    }

    @Test("Nothing is imported beside orchestrators that are at work") func liveNodes() throws {
        let source = try SQLiteStore()
        try begin(on: source)
        let cluster = try Cluster(nodes: 1)
        #expect(throws: InvalidDump.self) { try move(source, to: cluster.stores[0]) }
        try cluster.live(0, false)
        try move(source, to: cluster.stores[0])
    }

    @Test("An export changes nothing of an older database, and says so") func older() throws {
        let address = PostgresAddress(try PostgresServer.shared.get().newSchema())
        _ = try PostgresStore(address, node: Sample.id(1))
        let next = PostgresSchema(
            migrations: PostgresSchema.current.migrations + [.init(sql: "SELECT 1", minimum: 1)])
        #expect(throws: PostgresUnfit.self) {
            try PostgresStore(address, node: Sample.id(1), schema: next, isMigrating: false)
        }
        #expect(try PostgresConnection(address).rows("SELECT version FROM schema_version") { $0.int(0) } == [1])
    }
}
