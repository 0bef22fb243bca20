import JSON
import Testing
import Wire

@testable import Engine

@Suite struct GateTests {
    private func gate(_ name: String, held: Int = 1) -> Gate {
        Gate(id: GateID(stored: name), name: "key \(name)", held: held)
    }

    private func lane(_ name: String, _ function: String = "f", on place: String, head: Int64, version: Int = 7) -> Lane
    {
        Lane(
            id: LaneID(stored: name), functionID: Sample.function(function), version: version, isStart: true,
            gates: [GateID(stored: "g1"), GateID(stored: "g2")], waitsOn: place, head: Sample.time(head))
    }

    private func call(_ number: Int, due: Int64 = 0, lead: Duration = .zero, _ stage: QueueItem.Stage) -> QueueItem {
        var item = Sample.item(.run(Sample.id(number)), .discover, due: due)
        (item.stage, item.lead, item.flowVersion) = (stage, lead, 7)
        return item
    }

    @Test(arguments: StoreKind.all) func keepsGates(kind: StoreKind) throws {
        let opened = try kind.open()
        var throttle = gate("t", held: 0)
        (throttle.usedUntil, throttle.isAwaited) = (1_767_225_600_000_001, true)
        try opened.write { $0.gates = [gate("a"), gate("b", held: 3), throttle] }
        let all = ["a", "b", "never", "t"].map { GateID(stored: $0) }
        #expect(Set(try opened.store.gates(all).filter { $0.name != "" }) == [gate("a"), gate("b", held: 3), throttle])
        try opened.write {
            $0.gates = [gate("a", held: 2)]
            $0.removedGates = [GateID(stored: "b"), GateID(stored: "never")]
        }
        #expect(try opened.store.gates([GateID(stored: "a")]) == [gate("a", held: 2)])
        #expect(try opened.store.gates([GateID(stored: "b")]).allSatisfy { $0.held == 0 })
    }

    @Test(arguments: StoreKind.all) func keepsLanes(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { $0.lanes = [lane("x", on: "g1", head: 5), lane("y", on: "g1", head: 4)] }
        #expect(try opened.store.lanes([LaneID(stored: "x")]) == [lane("x", on: "g1", head: 5)])
        try opened.write {
            $0.lanes = [lane("x", on: "g2", head: 6)]
            $0.removedLanes = [LaneID(stored: "y")]
        }
        #expect(try opened.store.lanes(["x", "y"].map { LaneID(stored: $0) }) == [lane("x", on: "g2", head: 6)])
    }

    @Test(arguments: StoreKind.all) func findsTheFirstLaneOfEachFunction(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write {
            $0.lanes = [
                lane("a", on: "g1", head: 9), lane("b", on: "g1", head: 5), lane("c", on: "g1", head: 5),
                lane("d", "other", on: "g1", head: 20), lane("e", on: "g2", head: 1), lane("f", on: "g3", head: 0),
            ]
        }
        func first(_ limit: Int, _ places: String...) throws -> Set<String> {
            Set(try opened.store.firstLanes(waitingOn: places, limit: limit).map(\.id.description))
        }
        #expect(try first(1, "g1") == ["b", "d"])
        #expect(try first(1, "g1", "g2") == ["b", "d", "e"])
        #expect(try first(2, "g1", "g2") == ["b", "c", "d", "e"])
        let all = try opened.store.firstLanes(waitingOn: ["g1"], limit: 9).filter { $0.functionID == Sample.function() }
        #expect(all.map(\.id.description) == ["b", "c", "a"])
        #expect(try first(9, "none").isEmpty)
    }

    @Test(arguments: StoreKind.all) func findsLanesOfOtherVersions(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write {
            $0.lanes = [
                lane("a", on: "g", head: 3, version: 5), lane("b", on: "g", head: 2, version: 5),
                lane("c", on: "g", head: 1), lane("d", "other", on: "g", head: 0, version: 9),
            ]
        }
        func stale(_ version: Int) throws -> String? {
            try opened.store.staleLane(of: Sample.function(), version: version)?.id.description
        }
        #expect(try stale(7) == "b")
        #expect(try stale(5) == "c")
        #expect(try stale(1) == "b")
        try opened.write { $0.removedLanes = ["a", "b"].map { LaneID(stored: $0) } }
        #expect(try stale(7) == nil)
    }

    @Test(arguments: StoreKind.all) func parkedCallsAreInTheirLaneAndNowhereElse(kind: StoreKind) throws {
        let opened = try kind.open()
        let parked = QueueItem.Stage.parked(LaneID(stored: "x"))
        try opened.write {
            $0.newRuns = (1...5).map { Sample.run($0) }
            $0.queueItems = [
                call(1, due: 3, parked), call(2, due: 1, parked), call(3, due: 2, lead: .milliseconds(5), parked),
                call(4, .parked(LaneID(stored: "y"))), call(5, .ready),
            ]
        }
        func lane(_ name: String, _ limit: Int) throws -> [QueueItem.Key] {
            try opened.store.parkedItems(in: [LaneID(stored: name)], limit: limit).map(\.key)
        }
        #expect(try lane("x", 9) == [3, 2, 1].map { .run(Sample.id($0)) })
        #expect(try lane("x", 1) == [.run(Sample.id(3))])
        #expect(try lane("none", 1).isEmpty)
        let first = try opened.store.parkedItems(in: ["x", "none", "y"].map { LaneID(stored: $0) }, limit: 1)
        #expect(first.map(\.key) == [3, 4].map { .run(Sample.id($0)) })
        #expect(try opened.store.dueItems(.call, at: Sample.time(9), limit: 9).map(\.key) == [.run(Sample.id(5))])
        #expect(try opened.store.earliestDue(.timer) == nil)
        #expect(try opened.store.queueItems([.run(Sample.id(3))]) == [call(3, due: 2, lead: .milliseconds(5), parked)])
    }

    @Test(arguments: StoreKind.all) func callsWhoseTimeLiesAheadAreTimers(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { $0.queueItems = [call(1, due: 4, .coming)] }
        #expect(try opened.store.earliestDue(.call) == nil)
        #expect(try opened.store.earliestDue(.timer) == Sample.time(4))
        #expect(try opened.store.dueItems(.timer, at: Sample.time(4), limit: 9) == [call(1, due: 4, .coming)])
    }

    @Test(arguments: StoreKind.all) func servesByRank(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write {
            $0.newRuns = (1...2).map { Sample.run($0) }
            $0.queueItems = [call(1, due: 1, .ready), call(2, due: 3, lead: .milliseconds(3), .ready)]
        }
        #expect(
            try opened.store.dueItems(.call, at: Sample.time(3), limit: 9).map(\.key)
                == [.run(Sample.id(2)), .run(Sample.id(1))])
        #expect(try opened.store.earliestDue(.call) == Sample.time(0))
    }

    @Test(arguments: StoreKind.all) func keepsWhatIsHeld(kind: StoreKind) throws {
        let opened = try kind.open()
        var item = Sample.item(.run(Sample.id(1)), .discover, lease: Sample.id(2))
        item.slots = [GateID(stored: "a:b"), GateID(stored: "f/concurrency")]
        let timer = Sample.item(.gate(GateID(stored: "a:b")), .gate)
        var run = Sample.run(1)
        run.flow = RunFlow()
        run.flow?.priority = -5
        run.flow?.keys = [RunFlow.Key(gate: GateID(stored: "a:b"), name: "\"ä\"")]
        run.slot = GateID(stored: "f/run_concurrency")
        try opened.write {
            $0.newRuns = [run, Sample.run(2)]
            $0.queueItems = [item, timer]
        }
        #expect(try opened.store.queueItems(of: Sample.id(1)) == [item])
        #expect(try opened.store.queueItems([timer.key]) == [timer])
        #expect(try opened.store.leasedItems(of: Sample.function()) == [item])
        #expect(try opened.store.leasedItems(of: Sample.function("other")).isEmpty)
        #expect(try opened.store.runs([Sample.id(1), Sample.id(2)]) == [run, Sample.run(2)])
        run.slot = nil
        try opened.write { $0.changedRuns = [run] }
        #expect(try opened.store.runs([Sample.id(1)]) == [run])
    }
}
