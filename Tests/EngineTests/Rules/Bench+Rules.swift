import JSON
import Stores
import Testing
import Wire

@testable import Engine

extension Bench {
    /// A function that returns at once.
    func define(_ id: String, on event: String = "e", rules: [String: JSON?]) throws {
        try define(id, triggers: [["event": .string(event)]], rules: rules) { _ in .returned(.null) }
    }

    func outcome(_ event: ULID) throws -> EventOutcome { try #require(try queries.outcome(of: event)) }

    /// The only decision about an event.
    func decision(_ event: ULID) throws -> Decision {
        let decisions = try outcome(event).event.decisions
        try #require(decisions.count == 1, "one decision is expected: \(decisions)")
        return decisions[0]
    }

    /// What the trigger of a run carries as `n`.
    func number(_ run: Run) throws -> Int? {
        try queries.events(run.eventIDs).first?.event.data["n"]?.int
    }

    func numbers(_ run: Run) throws -> [Int?] { try queries.events(run.eventIDs).map { $0.event.data["n"]?.int } }

    /// The same store, in another process.
    func restarted(room: Int = 1000) throws -> Bench {
        let bench = try Bench(seed: 99, store: sqlite)
        (bench.now, bench.room) = (now, room)
        try bench.perform(Reconcile())
        return bench
    }

    func rows(of table: String) throws -> [String] { try DatabaseDump(sqlite).rows(of: table) }
}
