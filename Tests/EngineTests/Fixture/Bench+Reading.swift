import JSON
import Stores
import Testing
import Wire

@testable import Engine

extension Bench {
    var queries: Queries { Queries(sqlite) }

    /// The runs of a function, the oldest first.
    func runs(_ id: String? = nil) throws -> [Run] {
        var query = RunQuery(limit: 100_000)
        if let id {
            query.functions = [try #require(engine.catalog.functions.values.first { $0.slug == "app-\(id)" }).id]
        }
        return try queries.runs(query).elements.reversed()
    }

    /// The only run of a function.
    func run(_ id: String) throws -> Run {
        let runs = try runs(id)
        try #require(runs.count == 1, "one run of \(id) is expected, there are \(runs.count)")
        return runs[0]
    }

    func timeline(_ run: Run) throws -> Timeline { try #require(try queries.timeline(run.id)) }

    /// What happened to a run, by kind.
    func history(_ run: Run) throws -> [HistoryEntry] { try timeline(run).history }

    func kinds(_ run: Run) throws -> [HistoryEntry.Kind] { try history(run).map(\.kind) }

    /// The names of a run's finished steps, in the order of the stack.
    func steps(_ run: Run) throws -> [String] { try timeline(run).steps.map(\.label) }

    /// The memoized value of a step.
    func value(_ step: String, _ run: Run) throws -> JSON? {
        try timeline(run).steps.first { $0.id == StepID(step) }?.value
    }

    /// Events by name, the oldest first.
    func events(_ name: String) throws -> [Event] {
        var query = EventQuery(limit: 100_000)
        query.name = name
        query.includesInternal = true
        return try queries.events(query).elements.reversed().map(\.event)
    }

    /// Calls that were made for a run.
    func calls(for run: Run) -> [Call] { calls.filter { $0.request.runID == run.id } }

    /// Expects that nothing is left which could wake a run.
    func expectNothingLeft(of run: Run, _ location: SourceLocation = #_sourceLocation) throws {
        let timeline = try timeline(run)
        #expect(timeline.queue.isEmpty, sourceLocation: location)
        #expect(timeline.waits.isEmpty, sourceLocation: location)
        #expect(
            try DatabaseDump(sqlite).rows(of: "wait_keys").allSatisfy { !$0.contains(run.id.description) },
            sourceLocation: location)
    }
}
