import Engine
import JSON
import Testing
import Wire

@Suite struct TransactionTests {
    private struct Trouble: Error {}

    private func everything() -> Changes {
        var changes = Changes()
        changes.events = [Sample.event(1)]
        changes.newRuns = [Sample.run(1)]
        changes.steps = [Step(run: Sample.id(1), id: StepID("a"), position: 0, label: "a", value: 1)]
        changes.queueItems = [Sample.item(.run(Sample.id(1)), .discover)]
        changes.waits = [Sample.wait(Sample.key(1, "w"))]
        changes.history = [Sample.entry(1, 0)]
        changes.idempotencyKeys = [(IdempotencyKey(function: Sample.function(), value: "x"), Sample.time(99))]
        return changes
    }

    private func expect(_ store: any Store, holdsEverything holds: Bool) throws {
        let count = holds ? 1 : 0
        #expect(try store.events([Sample.id(1)]).count == count)
        #expect(try store.runs([Sample.id(1)]).count == count)
        #expect(try store.steps(of: Sample.id(1)).count == count)
        #expect(try store.queueItems([.run(Sample.id(1))]).count == count)
        #expect(try store.dueItems(.call, at: Sample.start, limit: 9).count == count)
        #expect(try store.waits([Sample.key(1, "w")]).count == count)
        #expect(try store.waitPaths(eventName: "go").count == count)
        let key = IdempotencyKey(function: Sample.function(), value: "x")
        #expect(try store.usedIdempotencyKeys([key], at: Sample.start).count == count)
    }

    @Test(arguments: StoreKind.all) func keepsWhatIsCommitted(kind: StoreKind) throws {
        let opened = try kind.open()
        let result = try opened.store.transaction {
            try opened.store.write(everything())
            return 42
        }
        #expect(result == 42)
        try expect(opened.store, holdsEverything: true)
    }

    @Test(arguments: StoreKind.all) func seesItsOwnWrites(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.store.transaction {
            try opened.store.write(everything())
            try expect(opened.store, holdsEverything: true)
        }
    }

    @Test(arguments: StoreKind.all) func leavesNothingWhenItIsRolledBack(kind: StoreKind) throws {
        let opened = try kind.open()
        #expect(throws: Trouble.self) {
            try opened.store.transaction {
                try opened.store.write(everything())
                throw Trouble()
            }
        }
        try expect(opened.store, holdsEverything: false)
        try opened.store.transaction { try opened.store.write(everything()) }
        try expect(opened.store, holdsEverything: true)
    }

    @Test(arguments: StoreKind.all) func leavesNothingWhenAWriteIsRefused(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { $0.newRuns = [Sample.run(2)] }
        #expect(throws: (any Error).self) {
            try opened.store.transaction {
                try opened.store.write(everything())
                var twice = Changes()
                twice.newRuns = [Sample.run(2)]
                try opened.store.write(twice)
            }
        }
        try expect(opened.store, holdsEverything: false)
        try opened.write { $0.newRuns = [Sample.run(3)] }
    }

    @Test(arguments: StoreKind.all) func refusesAStepThatIsFinishedTwice(kind: StoreKind) throws {
        let opened = try kind.open()
        let step = Step(run: Sample.id(1), id: StepID("a"), position: 0, label: "a", value: 1)
        try opened.write { $0.steps = [step] }
        #expect(throws: (any Error).self) { try opened.write { $0.steps = [step] } }
    }
}
