import Engine
import JSON
import Testing
import Wire

@testable import Stores

@Suite("Moving from one store to another") struct DumpTests {
    private func lines(of source: some Dump.End & Store) throws -> [ArraySlice<UInt8>] {
        var bytes: [UInt8] = []
        try Dump.export(source) { bytes += $0 }
        return bytes.split(separator: UInt8(ascii: "\n"))
    }

    private func filled() throws -> SQLiteStore {
        let store = try SQLiteStore()
        var changes = Changes()
        changes.events = [Sample.event(1, name: "a\u{0}é", data: ["text": "\u{1F600}", "n": [1, .null]])]
        changes.newRuns = [Sample.fullRun(1)] + (2...2500).map { Sample.run($0) }
        changes.steps = [Step(run: Sample.id(1), id: StepID("a"), position: 0, label: "a", value: .null)]
        changes.queueItems = [
            Sample.item(.run(Sample.id(2)), .discover, lease: Sample.id(9)),
            Sample.item(.step(Sample.key(3, "w")), .timeOut, due: 50),
        ]
        changes.waits = [Sample.wait(Sample.key(3, "w"), index: [("p", "1")])]
        changes.history = [Sample.entry(1, 0), Sample.entry(1, 1)]
        changes.idempotencyKeys = [(IdempotencyKey(function: Sample.function(), value: "k"), Sample.time(9))]
        try store.transaction { try store.write(changes) }
        try store.transaction { try store.set("clock", to: "ahead 5") }
        return store
    }

    @Test("What is moved is the same there, row by row, and again on the way back", arguments: StoreKind.all)
    func movesEverything(kind: StoreKind) throws {
        let source = try lines(of: try filled())
        let opened = try kind.open()
        let target = try #require(opened.store as? any Dump.End & Store)
        #expect(try Dump.load(source, into: target) == source.count - 2 - StoreTable.moved.count)
        #expect(try lines(of: target) == source)
        #expect(try target.transaction { try target.runs([Sample.id(1)]) } == [Sample.fullRun(1)])
        #expect(try target.waits(eventName: "go", index: [.init(path: "p", value: "1")]).count == 1)
        // The call that was open is nobody's: it is due again.
        #expect(
            try target.transaction { try target.lostItems(held: [], ofOthers: true).map(\.key) } == [.run(Sample.id(2))]
        )
    }

    @Test("A dump goes into an empty store, as a whole or not at all", arguments: StoreKind.all)
    func refuses(kind: StoreKind) throws {
        let source = try lines(of: try filled())
        let opened = try kind.open()
        let target = try #require(opened.store as? any Dump.End & Store)
        #expect(throws: InvalidDump.self) {
            try Dump.load(source.dropLast() + [Array(#"{"table":"x"}"#.utf8)[...]], into: target)
        }
        #expect(throws: InvalidDump.self) {
            try Dump.load([Array(#"{"orchestrator_dump":2}"#.utf8)[...]], into: target)
        }
        #expect(throws: InvalidDump.self) { try Dump.load([Array("nonsense".utf8)[...]], into: target) }
        try Dump.load(source, into: target)
        #expect(throws: InvalidDump.self) { try Dump.load(source, into: target) }
    }

    @Test("A dump that was cut off anywhere is refused, and nothing of it stays") func cutOff() throws {
        let source = try lines(of: try filled())
        let target = try SQLiteStore()
        for count in [0, 1, 3, source.count / 2, source.count - 1] {
            #expect(throws: InvalidDump.self) { try Dump.load(source.prefix(count), into: target) }
        }
        let without = Array(source[..<20] + source[21...])
        #expect(throws: InvalidDump.self) { try Dump.load(without, into: target) }
        #expect(throws: InvalidDump.self) { try Dump.load(source + source.suffix(1), into: target) }
        #expect(try lines(of: target).count == 2 + StoreTable.moved.count)
        try Dump.load(source, into: target)
    }

    @Test("What is nested as deeply as it may be, and told of in other events, is moved", arguments: StoreKind.all)
    func deep(kind: StoreKind) throws {
        let text = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        let data: JSON = ["deep": try JSON(parsing: text, limits: JSONLimits(depth: 1000))]
        let store = try SQLiteStore()
        var changes = Changes()
        changes.events = [Sample.event(1, name: "a", data: data)]
        try store.transaction { try store.write(changes) }
        let opened = try kind.open()
        let target = try #require(opened.store as? any Dump.End & Store)
        let source = try lines(of: store)
        try Dump.load(source, into: target)
        #expect(try lines(of: target) == source)
    }
}
