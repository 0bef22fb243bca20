import Engine
import JSON
import Testing
import Wire

@Suite struct QueueTests {
    private let run = QueueItem.Key.run(Sample.id(1))
    private let cron = QueueItem.Key.cron(Sample.function(), expression: "TZ=Europe/Paris 0 9 * * 1-5")

    @Test(arguments: StoreKind.all) func keepsItemsOfEveryKind(kind: StoreKind) throws {
        let opened = try kind.open()
        let items = [
            Sample.item(run, .discover, lease: Sample.id(77)), Sample.item(.step(Sample.key(1, "a")), .runStep, due: 5),
            Sample.item(.step(Sample.key(1, "b")), .wake), Sample.item(.step(Sample.key(2, "a")), .timeOut),
            Sample.item(cron, .cronTick, due: -5),
        ]
        try opened.write { $0.queueItems = items }
        for item in items { #expect(try opened.store.queueItems([item.key]) == [item]) }
        #expect(Set(try opened.store.queueItems(items.map(\.key) + [.run(Sample.id(9))])) == Set(items))
    }

    @Test(arguments: StoreKind.all) func replacesAndRemovesItems(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { $0.queueItems = [Sample.item(run, .discover), Sample.item(cron, .cronTick)] }
        let later = Sample.item(run, .discover, due: 9)
        try opened.write { $0.queueItems = [later] }
        #expect(try opened.store.queueItems([run]) == [later])
        try opened.write { $0.removedQueueItems = [run, .step(Sample.key(1, "never"))] }
        #expect(try opened.store.queueItems([run]).isEmpty)
        #expect(try opened.store.queueItems([cron]).count == 1)
    }

    @Test(arguments: StoreKind.all) func findsWhatIsDueTheEarliestFirst(kind: StoreKind) throws {
        let opened = try kind.open()
        func key(_ number: Int) -> QueueItem.Key { .run(Sample.id(number)) }
        try opened.write {
            $0.newRuns = (1...7).map { Sample.run($0) }
            $0.queueItems = [
                Sample.item(key(1), .discover, due: 30), Sample.item(key(2), .discover, due: 10),
                Sample.item(key(3), .discover, due: 20, lease: Sample.id(9)), Sample.item(key(5), .discover, due: 10),
                Sample.item(key(4), .discover, due: 10), Sample.item(.step(Sample.key(6, "s")), .wake, due: 5),
                Sample.item(.step(Sample.key(6, "t")), .runStep, due: 40), Sample.item(cron, .cronTick, due: 6),
                Sample.item(.step(Sample.key(7, "f")), .fetch, due: 7),
                Sample.item(.step(Sample.key(7, "g")), .fetch, due: 8, lease: Sample.id(10)),
            ]
        }
        let due = { try opened.store.dueItems($0, at: Sample.time($1), limit: $2).map(\.key) }
        #expect(try due(.call, 9, 10).isEmpty)
        #expect(try due(.call, 10, 10) == [key(2), key(4), key(5)])
        #expect(try due(.call, 29, 2) == [key(2), key(4)])
        #expect(try due(.call, 40, 10) == [key(2), key(4), key(5), key(1), .step(Sample.key(6, "t"))])
        #expect(try due(.fetch, 99, 10) == [.step(Sample.key(7, "f"))])
        #expect(try opened.store.earliestDue(.fetch) == Sample.time(7))
        #expect(try due(.timer, 99, 10) == [.step(Sample.key(6, "s")), cron])
        #expect(try opened.store.earliestDue(.call) == Sample.time(10))
        #expect(try opened.store.earliestDue(.timer) == Sample.time(5))
        #expect(try opened.store.lostItems(held: [], ofOthers: true).map(\.key) == [key(3), .step(Sample.key(7, "g"))])
    }

    @Test(arguments: StoreKind.all) func saysWhenNothingIsDue(kind: StoreKind) throws {
        let opened = try kind.open()
        #expect(try opened.store.earliestDue(.call) == nil)
        #expect(try opened.store.earliestDue(.timer) == nil)
        try opened.write { $0.queueItems = [Sample.item(run, .discover, lease: Sample.id(5))] }
        #expect(try opened.store.earliestDue(.call) == nil)
    }

    @Test(arguments: StoreKind.all) func findsTheTicksOfAFunction(kind: StoreKind) throws {
        let opened = try kind.open()
        let other = QueueItem.Key.cron(Sample.function("other"), expression: "* * * * *")
        let second = QueueItem.Key.cron(Sample.function(), expression: "* * * * *")
        try opened.write {
            $0.queueItems = [Sample.item(cron, .cronTick), Sample.item(second, .cronTick), Sample.item(run, .discover)]
            $0.queueItems += [
                QueueItem(
                    key: other, work: .cronTick, functionID: Sample.function("other"), label: "",
                    queuedAt: Sample.start,
                    dueAt: Sample.start)
            ]
        }
        #expect(Set(try opened.store.cronItems(of: Sample.function()).map(\.key)) == [cron, second])
    }

    @Test(arguments: StoreKind.all) func clearsWhatBelongsToARunThatEnded(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write {
            $0.queueItems = [
                Sample.item(run, .discover, lease: Sample.id(8)), Sample.item(.step(Sample.key(1, "w")), .timeOut),
                Sample.item(.run(Sample.id(2)), .discover), Sample.item(.step(Sample.key(2, "w")), .timeOut),
            ]
            $0.waits = [Sample.wait(Sample.key(1, "w")), Sample.wait(Sample.key(2, "w"))]
        }
        try opened.write { $0.endedRuns = [Sample.id(1)] }
        #expect(try opened.store.queueItems([run, .step(Sample.key(1, "w"))]).isEmpty)
        #expect(try opened.store.lostItems(held: [], ofOthers: true).isEmpty)
        #expect(try opened.store.queueItems([.run(Sample.id(2)), .step(Sample.key(2, "w"))]).count == 2)
        #expect(try opened.store.waits(eventName: "go", index: [.any]).map(\.key) == [Sample.key(2, "w")])
    }
}
