import Engine
import JSON
import Testing
import Wire

@testable import Stores

@Suite struct ReaderTests {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let reader: SQLiteReader

    init() throws {
        folder = try TemporaryFolder()
        let path = folder.file("orchestrator.sqlite")
        store = try SQLiteStore(path: path, durability: .none)
        reader = SQLiteReader(path: path)
    }

    private func write(_ prepare: (inout Changes) -> Void) throws {
        var changes = Changes()
        prepare(&changes)
        try store.transaction { try store.write(changes) }
    }

    @Test func seesOnlyWhatIsCommittedAndDoesNotWaitForTheWriter() async throws {
        try write { $0.newRuns = [Sample.run(1)] }
        try store.connection.execute("BEGIN IMMEDIATE")
        var changes = Changes()
        changes.newRuns = [Sample.run(2)]
        try store.write(changes)
        #expect(try await reader.run(Sample.id(1)) == Sample.run(1))
        #expect(try await reader.run(Sample.id(2)) == nil)
        try store.connection.execute("COMMIT")
        #expect(try await reader.run(Sample.id(2)) == Sample.run(2))
    }

    @Test func servesManyAtOnce() async throws {
        try write { $0.newRuns = (0..<50).map { Sample.run($0) } }
        let reader = reader
        let found = try await withThrowingTaskGroup(of: Run?.self) { group in
            for number in 0..<50 { group.addTask { try await reader.run(Sample.id(number)) } }
            return try await group.reduce(into: 0) { $0 += $1 == nil ? 0 : 1 }
        }
        #expect(found == 50)
    }

    @Test func listsRunsTheNewestFirst() async throws {
        try write {
            $0.newRuns = [
                Sample.run(1), Sample.run(2, status: .running), Sample.run(3, function: "g"),
                Sample.run(4, status: .completed), Sample.run(5),
            ]
        }
        func ids(limit: Int = 10, _ change: (inout RunQuery) -> Void) async throws -> ([ULID], Bool) {
            var query = RunQuery(limit: limit)
            change(&query)
            let page = try await reader.runs(query)
            return (page.elements.map(\.id), page.hasMore)
        }
        let sample = { (numbers: [Int]) in numbers.map { Sample.id($0) } }
        #expect(try await ids { _ in } == (sample([5, 4, 3, 2, 1]), false))
        #expect(try await ids(limit: 2) { _ in } == (sample([5, 4]), true))
        #expect(try await ids(limit: 2) { $0.before = Sample.id(3) } == (sample([2, 1]), false))
        #expect(try await ids { $0.statuses = [.running, .completed] } == (sample([4, 2]), false))
        #expect(try await ids { $0.functions = [Sample.function("g")] } == (sample([3]), false))
        #expect(try await ids { $0.functions = [] } == ([], false))
        #expect(try await ids { $0.event = Sample.id(1002) } == (sample([2]), false))
        #expect(try await ids { $0.until = Sample.start } == ([], false))
        #expect(try await ids(limit: 1) { $0.since = Sample.start } == (sample([5]), true))
        #expect(try await ids { $0.since = Sample.time(1) } == ([], false))
    }

    @Test func listsEvents() async throws {
        try write {
            $0.events = [
                Sample.event(1), Sample.event(2, name: "inngest/function.finished"), Sample.event(3, name: "other"),
            ]
        }
        var query = EventQuery(limit: 10)
        #expect(try await reader.events(query).elements.map(\.event.internalID) == [Sample.id(3), Sample.id(1)])
        query.includesInternal = true
        #expect(try await reader.events(query).elements.count == 3)
        query.name = "e"
        #expect(try await reader.events(query).elements.map(\.event) == [Sample.event(1).event])
        #expect(try await reader.events(query).elements.first?.receivedAt == Sample.time(10))
        #expect(try await reader.events([Sample.id(3), Sample.id(9)]).map(\.event.name) == ["other"])
    }

    @Test func putsATimelineTogether() async throws {
        let step = Step(run: Sample.id(1), id: StepID("a"), position: 0, label: "a", value: 1)
        let item = Sample.item(.step(Sample.key(1, "w")), .timeOut)
        try write {
            $0.newRuns = [Sample.run(1), Sample.run(2)]
            $0.events = [Sample.event(1001)]
            $0.steps = [step]
            $0.history = [Sample.entry(1, 1, .runStarted), Sample.entry(1, 0, .runQueued), Sample.entry(2, 0)]
            $0.queueItems = [item, Sample.item(.run(Sample.id(2)), .discover)]
            $0.waits = [Sample.wait(Sample.key(1, "w"))]
        }
        let timeline = try #require(try await reader.timeline(Sample.id(1)))
        #expect(timeline.run == Sample.run(1))
        #expect(timeline.events.map(\.event) == [Sample.event(1001).event])
        #expect(timeline.steps == [step])
        #expect(timeline.history == [Sample.entry(1, 0, .runQueued), Sample.entry(1, 1, .runStarted)])
        #expect(timeline.queue == [item])
        #expect(timeline.waits.map(\.key) == [Sample.key(1, "w")])
        #expect(try await reader.timeline(Sample.id(9)) == nil)
    }

    @Test func goesOnAfterAReadThatFailed() async throws {
        let elsewhere = SQLiteReader(path: folder.file("missing.sqlite"))
        await #expect(throws: SQLiteError.self) { try await elsewhere.apps() }
        #expect(try await reader.apps().isEmpty)
        #expect(try await reader.functions().isEmpty)
        #expect(try await reader.cronItems().isEmpty)
    }
}
