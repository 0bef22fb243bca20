import JSON
import PostgresRig
import Synchronization
import Testing
import Wire

@testable import Engine
@testable import Stores

/// Limits, lanes and rule changes in the moments in which two nodes meet at them.
@Suite("Rules that nodes share") struct SharedRulesTests {
    private let now = Cluster.start

    /// Does something in a transaction of a node, and something else before that is committed.
    private func during(
        _ command: (any Command)?, on node: Int, of cluster: Cluster, _ body: (Transaction) throws -> Void
    ) throws {
        let store = cluster.stores[node]
        try store.transaction {
            let transaction = Transaction(store: store, catalog: Catalog(), ids: ULIDSource(), now: now)
            try transaction.begin(command.map { [$0] } ?? [], contested: []) { now }
            if let command { _ = try command.apply(to: transaction, settings: EngineSettings()) }
            try transaction.flush()
            // What was written is on the server now.
            _ = try store.catalogVersion()
            try body(transaction)
            try transaction.flush()
        }
    }

    @Test("A call that is parked while the last one in its lane is cancelled elsewhere is let go all the same")
    func lane() throws {
        let cluster = try Cluster()
        try cluster.register(("f", ["triggers": [["event": "go"]], "concurrency": 1]))
        try cluster.perform(IngestEvents([["name": "go"], ["name": "go"]]), on: 0)
        let open = try #require(cluster.lease(on: 0).first)
        let parked = try #require(try cluster.runs().map(\.id).first { $0 != open.key.run })
        var other: Meanwhile?
        try during(CancelRun(parked), on: 0, of: cluster) { _ in
            other = try cluster.meanwhile(on: 1) { try $0.perform(IngestEvents([["name": "go"]]), on: 1) }
        }
        try other?.finish()
        try cluster.finish(open, on: 0)
        #expect(cluster.lease(on: 0).count == 1)
    }

    @Test("A node that waits for another one goes by the time at which it is let in") func time() throws {
        let cluster = try Cluster()
        try cluster.register(("f", ["triggers": [["event": "go"]]]))
        try cluster.perform(IngestEvents([["name": "go"]]), on: 0)
        let run = try #require(try cluster.runs().first?.id)
        let clock = Mutex(now)
        var other: Meanwhile?
        try during(AddMetadata(run, step: nil, entries: []), on: 0, of: cluster) { transaction in
            _ = try transaction.run(run)
            other = try cluster.meanwhile(on: 1) {
                let batch = $0.engines[1].execute([CancelRun(run)], now: clock.withLock { $0 }, room: 0)
                _ = try batch.outcomes.first?.get()
            }
            clock.withLock { $0 = now + .milliseconds(400) }
        }
        try other?.finish()
        #expect(try cluster.runs().first?.endedAt == now + .milliseconds(400))
    }

    @Test("The same where the lane is that of a paused function")
    func door() throws {
        let cluster = try Cluster()
        let later = now + .seconds(1)
        try cluster.register(("f", ["triggers": [["event": "go"]]]))
        try cluster.perform(IngestEvents([["name": "go"], ["name": "go", "ts": .int(later.milliseconds)]]), on: 0)
        try cluster.perform(PauseFunction("app-f"), on: 0)
        #expect(cluster.lease(on: 0).isEmpty)
        let runs = try cluster.runs()
        let parked = try #require(runs.first { $0.scheduledFor == now })
        var other: Meanwhile?
        try during(CancelRun(parked.id), on: 0, of: cluster) { _ in
            other = try cluster.meanwhile(on: 1) {
                $0.engines[1].notice(.timer, at: later)
                _ = $0.engines[1].execute([], now: later, room: 9)
            }
        }
        try other?.finish()
        try cluster.perform(ResumeFunction("app-f"), on: 0, at: later)
        cluster.engines[0].notice(.timer, at: later)
        _ = cluster.engines[0].execute([], now: later, room: 0)
        #expect(cluster.lease(on: 0, at: later).count == 1)
    }

    @Test("When a pause is acknowledged, no node that has begun before it leases a call any more") func pause() throws {
        let cluster = try Cluster()
        try cluster.register(("f", ["triggers": [["event": "go"]]]))
        try cluster.perform(IngestEvents([["name": "go"]]), on: 0)
        var other: Meanwhile?
        try during(nil, on: 0, of: cluster) { transaction in
            other = try cluster.meanwhile(on: 1) { try $0.perform(PauseFunction("app-f"), on: 1) }
            let isAcknowledged = other?.isDone ?? false
            let calls = try transaction.lease(
                transaction.dueItems(.call, limit: 9), settings: EngineSettings())
            #expect(calls.isEmpty || !isAcknowledged)
        }
        try other?.finish()
    }

    @Test("Calls that are being leased while a limit is set count by it") func limit() throws {
        let cluster = try Cluster()
        try cluster.register(("f", ["triggers": [["event": "go"]]]))
        try cluster.perform(IngestEvents([["name": "go"], ["name": "go"]]), on: 0)
        var calls: [Call] = []
        var other: Meanwhile?
        try during(nil, on: 0, of: cluster) { transaction in
            calls = try transaction.lease(transaction.dueItems(.call, limit: 1), settings: EngineSettings())
            try transaction.flush()
            other = try cluster.meanwhile(on: 1) {
                try $0.register(("f", ["triggers": [["event": "go"]], "concurrency": 1]), on: 1)
            }
        }
        try other?.finish()
        #expect(calls.count == 1)
        #expect(cluster.lease(on: 1).isEmpty)
        try cluster.finish(calls[0], on: 0)
        #expect(cluster.lease(on: 1).count == 1)
    }

    @Test("A call that ends elsewhere while the rules change does not come back") func ended() throws {
        let cluster = try Cluster()
        try cluster.register(("f", ["triggers": [["event": "go"]], "concurrency": 2]))
        try cluster.perform(IngestEvents([["name": "go"]]), on: 0)
        let call = try #require(cluster.lease(on: 0).first)
        var other: Meanwhile?
        let answer = FinishCall(call.key, lease: call.lease, outcome: .returned(1), status: 200)
        try during(answer, on: 0, of: cluster) { _ in
            other = try cluster.meanwhile(on: 1) {
                try $0.register(("f", ["triggers": [["event": "go"]], "concurrency": 1]), on: 1)
            }
        }
        try other?.finish()
        #expect(try cluster.runs().map(\.status) == [.completed])
        try cluster.perform(IngestEvents([["name": "go"]]), on: 1)
        #expect(cluster.lease(on: 1).count == 1, "its slot is free")
    }

    @Test("An event with an id that two nodes take at the same moment starts its function once") func sameEvent() throws
    {
        let cluster = try Cluster()
        try cluster.register(("f", ["triggers": [["event": "go"]]]))
        let event = IngestEvents([["name": "go", "id": "order-1"]])
        var other: Meanwhile?
        try during(event, on: 0, of: cluster) { _ in
            other = try cluster.meanwhile(on: 1) { try $0.perform(event, on: 1) }
        }
        try other?.finish()
        #expect(try cluster.runs().count == 1)
    }
}
