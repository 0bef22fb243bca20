import Engine
import JSON
import Testing
import Wire

@Suite struct RunRowTests {
    @Test(arguments: StoreKind.all) func keepsEveryField(kind: StoreKind) throws {
        let opened = try kind.open()
        let runs = [Sample.fullRun(50), Sample.run(51)]
        try opened.write { $0.newRuns = runs }
        let found = try opened.store.runs([Sample.id(51), Sample.id(50), Sample.id(99)])
        #expect(Set(found) == Set(runs))
    }

    @Test(arguments: StoreKind.all) func changesWhatMayChange(kind: StoreKind) throws {
        let opened = try kind.open()
        var run = Sample.run(1)
        try opened.write { $0.newRuns = [run, Sample.run(2)] }
        let full = Sample.fullRun(1)
        (run.status, run.startedAt, run.endedAt, run.output) = (.completed, full.startedAt, full.endedAt, full.output)
        (run.requestVersion, run.forcePlan, run.pending, run.racing) = (1, true, 3, 2)
        (run.stepCount, run.stateSize, run.historyCount) = (4, 5, 6)
        let changed = run
        try opened.write { $0.changedRuns = [changed] }
        #expect(try opened.store.runs([run.id]) == [run])
        #expect(try opened.store.runs([Sample.id(2)]) == [Sample.run(2)])
    }

    @Test(arguments: StoreKind.all) func keepsStepsInTheOrderOfTheStack(kind: StoreKind) throws {
        let opened = try kind.open()
        let values: [JSON] = ["x", .null, ["data": "é\u{0}\u{1F600}"], [1, 2.5, true]]
        let steps = values.enumerated().map {
            Step(run: Sample.id(1), id: StepID("s\(9 - $0)"), position: $0, label: "step \($0)", value: $1)
        }
        try opened.write { $0.steps = steps.reversed() }
        try opened.write { $0.steps = [Step(run: Sample.id(2), id: StepID("s9"), position: 0, label: "", value: 1)] }
        #expect(try opened.store.steps(of: Sample.id(1)) == steps)
        #expect(try opened.store.steps(of: Sample.id(3)).isEmpty)
        let asked = [Sample.key(1, "s9"), Sample.key(1, "s1"), Sample.key(2, "s9"), Sample.key(3, "s9")]
        #expect(try opened.store.finishedSteps(among: asked) == [Sample.key(1, "s9"), Sample.key(2, "s9")])
    }

    @Test(arguments: StoreKind.all) func keepsEventsByteForByte(kind: StoreKind) throws {
        let opened = try kind.open()
        let stored = Sample.event(1, name: "naïve/\u{1F600}", data: ["text": "a\u{0}b\u{2028}\"\\", "n": 1e300])
        try opened.write { $0.events = [stored, Sample.event(2)] }
        let found = try #require(try opened.store.events([Sample.id(1)]).first)
        #expect(found == stored.event)
        #expect(found.json.bytes == stored.event.json.bytes)
        #expect(try opened.store.events([Sample.id(2), Sample.id(3)]).map(\.internalID) == [Sample.id(2)])
    }

    @Test(arguments: StoreKind.all) func replacesAppsAndFunctions(kind: StoreKind) throws {
        let opened = try kind.open()
        var app = AppRecord(
            id: NameUUID(naming: "app"), name: "app", url: "http://app", sdk: "swift:v1", framework: nil, version: nil,
            checksum: "1", syncedAt: Sample.start)
        let json: JSON = [
            "id": "app-f", "steps": ["step": ["runtime": ["url": "http://app?fnId=app-f"]]],
            "triggers": [["event": "e"]],
        ]
        let config = try FunctionConfig(json)
        func record(_ version: Int, archivedAt: Timestamp?) -> FunctionRecord {
            FunctionRecord(
                id: Sample.function(), appID: app.id, config: config, version: version, archivedAt: archivedAt)
        }
        let first = app
        try opened.write { ($0.apps, $0.functions) = ([first], [record(1, archivedAt: nil)]) }
        #expect(try opened.store.apps() == [app])
        (app.framework, app.version, app.checksum, app.url) = ("hummingbird", "1.2", "2", "http://elsewhere")
        let second = app
        try opened.write { ($0.apps, $0.functions) = ([second], [record(2, archivedAt: Sample.time(1))]) }
        #expect(try opened.store.apps() == [app])
        #expect(try opened.store.functions() == [record(2, archivedAt: Sample.time(1))])
    }
}
