import Testing
import Wire

@testable import Engine
@testable import Stores

/// What is read ahead of backlogs, while another node is at work on the same function.
@Suite("Backlogs that are read ahead") struct BacklogTests {
    @Test("Who has come to wait for a gate before it was locked is found") func parkedMeanwhile() throws {
        let cluster = try Cluster()
        let (left, right) = (cluster.stores[0], cluster.stores[1])
        let function = Sample.function()
        let (runs, calls) = (GateID("runs", of: function), GateID("calls", of: function))
        let lane = Lane(
            id: LaneID(stored: "x"), functionID: function, version: 1, isStart: false, gates: [calls],
            waitsOn: Lane.door(of: function, isStart: false), head: Sample.time(1))
        try left.transaction {
            let transaction = Transaction(store: left, catalog: Catalog(), ids: ULIDSource(), now: Cluster.start)
            _ = try transaction.gate(runs)
            let doors = transaction.places(of: runs)
            #expect(try transaction.firstLanes(waitingOn: doors).isEmpty)
            var changes = Changes()
            changes.lanes = [lane]
            let parked = changes
            try right.transaction { try right.write(parked) }
            _ = try transaction.gate(calls)
            #expect(try transaction.firstLanes(waitingOn: doors) == [lane])
        }
    }
}
