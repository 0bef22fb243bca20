import Engine
import JSON
import Testing
import Wire

@testable import Stores

/// A call belongs to the node that has made it, whoever else changes something about it meanwhile.
@Suite("Whose lease it is") struct LeaseOwnerTests {
    /// What another node may do to a run whose call is open.
    enum Touch: String, CaseIterable {
        case checkpoint, wokenUp, cancelled, paused, limited
    }

    private let cluster: Cluster

    init() throws { cluster = try Cluster(nodes: 3) }

    /// A call of the first node, and something that the second one does to it.
    private func touched(by touch: Touch) throws -> Call {
        let limits: JSON = ["triggers": [["event": "go"]], "concurrency": 5]
        try cluster.register(("f", limits))
        try cluster.perform(IngestEvents([["name": "go"]]), on: 0)
        let call = try #require(cluster.lease(on: 0).first)
        let run = try #require(call.key.run)
        switch touch {
        case .checkpoint:
            let op = Op(.stepRun, id: StepID("a"), data: 1)
            try cluster.perform(Checkpoint(run: run, function: nil, lease: call.lease, ops: [op]), on: 1)
        case .wokenUp:
            // One of its parallel steps ends there while the function is being called.
            let store = cluster.stores[1]
            try store.transaction {
                var item = try #require(try store.queueItems([call.key]).first)
                item.again = true
                var changes = Changes()
                changes.queueItems = [item]
                try store.write(changes)
            }
        case .cancelled: try cluster.perform(CancelRun(run), on: 1)
        case .paused: try cluster.perform(PauseFunction("app-f"), on: 1)
        case .limited:
            let stricter: JSON = ["triggers": [["event": "go"]], "concurrency": ["key": "event.name", "limit": 1]]
            try cluster.register(("f", stricter), on: 1)
        }
        return call
    }

    @Test("Who has touched it can end without taking it along", arguments: Touch.allCases)
    func leaves(_ touch: Touch) throws {
        let call = try touched(by: touch)
        // What a node does last: it gives back all that it holds.
        #expect(try cluster.perform(Reconcile(held: []), on: 1) == 0)
        #expect(try cluster.finish(call, on: 0) == (touch == .cancelled ? .stale : .applied))
        #expect(try cluster.runs().map(\.status) == [touch == .cancelled ? .cancelled : .completed])
    }

    @Test("Who has touched it can die without having it called again", arguments: Touch.allCases)
    func diesBeside(_ touch: Touch) throws {
        let call = try touched(by: touch)
        try cluster.live(1, false)
        #expect(try cluster.perform(Reconcile(held: []), on: 2) == 0)
        #expect(try cluster.perform(Reconcile(held: [call.lease]), on: 0) == 0)
    }

    @Test("When its node dies it is taken back, also by who has touched it", arguments: Touch.allCases, [1, 2])
    func dies(_ touch: Touch, heir: Int) throws {
        _ = try touched(by: touch)
        try cluster.live(0, false)
        #expect(try cluster.perform(Reconcile(held: []), on: heir) == 1)
    }

    @Test("A slot that an open call of a cancelled run holds is free when its answer comes to its node")
    func slot() throws {
        try cluster.register(("f", ["triggers": [["event": "go"]], "concurrency": 1]))
        try cluster.perform(IngestEvents([["name": "go"], ["name": "go"]]), on: 0)
        let call = try #require(cluster.lease(on: 0).first)
        try cluster.perform(CancelRun(try #require(call.key.run)), on: 1)
        try cluster.perform(Reconcile(held: []), on: 1)
        #expect(cluster.lease(on: 1).isEmpty, "the app is still busy with the cancelled run")
        #expect(try cluster.finish(call, on: 0) == .stale)
        #expect(cluster.lease(on: 1).count == 1)
    }
}
