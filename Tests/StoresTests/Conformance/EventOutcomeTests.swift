import Engine
import JSON
import Testing
import Wire

@testable import Stores

/// What every store tells of an event.
@Suite struct EventOutcomeTests {
    private func send(_ engine: Engine, at now: Timestamp = Sample.start) throws -> ULID {
        let batch = engine.execute([IngestEvents([["name": "go"]])], now: now, room: 0)
        let outcome = try #require(try batch.outcomes.first?.get() as? IngestEvents.Outcome)
        return try #require(outcome.ids.first)
    }

    @Test(arguments: StoreKind.all) func namesTheEventThatDisplacedAnother(kind: StoreKind) throws {
        let opened = try kind.open()
        let engine = try Engine.oneFunction(on: opened.store, ["debounce": ["period": "10s"]])
        let (first, second) = (try send(engine), try send(engine))
        let queries = try #require(opened.queries)
        let pending = try #require(try queries.outcome(of: first))
        let batch = try #require(pending.event.decisions.first?.batch)
        guard case .open? = pending.collections[batch] else {
            Issue.record("it is being collected")
            return
        }
        #expect(pending.laterEvents == [batch: second])
        #expect(try #require(try queries.outcome(of: second)).laterEvents.isEmpty)

        let later = Sample.start + .seconds(10)
        #expect(engine.execute([], now: later, room: 0).storeError == nil)
        let third = try send(engine, at: later)
        let started = try #require(try queries.outcome(of: first))
        guard case .started(let run)? = started.collections[batch] else {
            Issue.record("a run was started")
            return
        }
        #expect(run.eventIDs == [second])
        #expect(started.laterEvents == [batch: second])
        #expect(try #require(try queries.outcome(of: second)).laterEvents.isEmpty)
        #expect(try #require(try queries.outcome(of: third)).laterEvents.isEmpty)
    }
}
