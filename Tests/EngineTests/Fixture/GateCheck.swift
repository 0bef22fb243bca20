import JSON
import Simulation
import Testing
import Wire

@testable import Engine
@testable import Stores

/// What must hold of gates and lanes, looked up in the rows and computed again from what is queued.
struct GateCheck {
    private let bench: Bench
    private let gates: [GateID: Gate]
    private let lanes: [Lane]
    private let items: [QueueItem]
    private let runs: [Run]

    init(_ bench: Bench) throws {
        self.bench = bench
        let connection = bench.sqlite.connection
        gates = Dictionary(
            uniqueKeysWithValues: try connection.statement("SELECT \(Columns.gate) FROM gates").map {
                Columns.gate($0)
            }.map { ($0.id, $0) })
        lanes = try connection.statement("SELECT \(Columns.lane) FROM lanes").map { Columns.lane($0) }
        items = try connection.statement("SELECT \(Columns.queueItem) FROM queue").map { Columns.queueItem($0) }
            .compactMap { $0 }
        runs = try bench.runs()
    }

    /// Throws where a count is wrong, or where something waits that could go.
    func check() throws {
        var held: [GateID: Int] = [:]
        for id in items.flatMap(\.slots) + runs.compactMap(\.slot) { held[id, default: 0] += 1 }
        for id in Set(held.keys).union(gates.keys) where held[id] ?? 0 != gates[id]?.held ?? 0 {
            throw Violation("gate \(id) counts \(gates[id]?.held ?? 0), held are \(held[id] ?? 0)")
        }
        let parked = Dictionary(grouping: items) { item -> LaneID? in
            if case .parked(let lane) = item.stage { lane } else { nil }
        }
        for lane in lanes { try check(lane, parked[lane.id] ?? []) }
        for id in parked.keys.compactMap(\.self) where !lanes.contains(where: { $0.id == id }) {
            throw Violation("lane \(id) is gone, but calls are parked in it")
        }
    }

    private func check(_ lane: Lane, _ parked: [QueueItem]) throws {
        guard let head = parked.map(\.rank).min() else { throw Violation("lane \(lane.id) is empty") }
        guard head == lane.head else { throw Violation("lane \(lane.id) says \(lane.head) for \(head)") }
        // Work that one transaction could not finish.
        let timers = items.filter { $0.work == .gate && $0.dueAt <= bench.now }
        guard let rules = bench.engine.catalog.queueRules(of: lane.functionID), rules.version == lane.version else {
            guard timers.contains(where: { $0.functionID == lane.functionID }) else {
                throw Violation("lane \(lane.id) waits under rules that are no more")
            }
            return
        }
        if rules.isShut { return }
        let full = zip(rules.rules(forStart: lane.isStart), lane.gates).filter { rule, id in
            !rule.isOpen(gates[id] ?? Gate(id: id, name: ""), at: bench.now)
        }
        let isRight =
            full.contains { $0.1.description == lane.waitsOn }
            || (lane.waitsOn == Lane.door(of: lane.functionID, isStart: lane.isStart)
                && full.contains { $0.1.function != nil })
        let isUnderway = timers.contains { lane.gates.map(QueueItem.Key.gate).contains($0.key) }
        guard isRight || isUnderway else { throw Violation("lane \(lane.id) waits on \(lane.waitsOn), which is open") }
        guard full.allSatisfy({ !lane.waits(for: $0.1) || gates[$0.1]?.isAwaited ?? false }) || !isRight else {
            throw Violation("nobody will look at lane \(lane.id)")
        }
    }

    func expectNothingHeld(_ location: SourceLocation = #_sourceLocation) throws {
        try check()
        #expect(lanes.isEmpty, sourceLocation: location)
        #expect(gates.values.filter { $0.held > 0 || $0.isAwaited }.isEmpty, sourceLocation: location)
    }
}
