import Engine
import JSON
import Testing
import Wire

@testable import Stores

/// Texts from outside that are longer than a row of an index has room for.
@Suite("Long texts") struct LongTextTests {
    /// Text that no compression makes short.
    private static let long: String = {
        var random = SystemRandomNumberGenerator()
        return String((0..<400).map { _ in String(random.next(), radix: 16) }.joined().prefix(6000))
    }()

    private func answer(with op: Op, on engine: Engine) throws {
        try engine.perform(IngestEvents([["name": "go"]]))
        let call = try engine.lease()
        try engine.perform(FinishCall(call.key, lease: call.lease, outcome: .ops([op], retryAfter: nil), status: 206))
    }

    private func run(in opened: OpenStore) throws -> Run {
        try #require(try opened.queries?.runs(RunQuery(limit: 1)).elements.first)
    }

    @Test("An event with a long id starts a function once", arguments: StoreKind.all)
    func id(_ kind: StoreKind) throws {
        let opened = try kind.open()
        let engine = try Engine.oneFunction(on: opened.store)
        for _ in 0..<2 { try engine.perform(IngestEvents([["name": "go", "id": .string(Self.long)]])) }
        try engine.perform(IngestEvents([["name": "go", "id": .string(Self.long + "!")]]))
        #expect(try opened.queries?.runs(RunQuery(limit: 10)).elements.count == 2)
    }

    @Test("A wait for a name that no event can have fails, and says why", arguments: StoreKind.all)
    func name(_ kind: StoreKind) throws {
        let opened = try kind.open()
        let engine = try Engine.oneFunction(on: opened.store)
        try answer(
            with: Op(.waitForEvent, id: StepID("w"), options: ["event": .string(Self.long), "timeout": "1h"]),
            on: engine)
        let run = try run(in: opened)
        #expect(run.status == .failed)
        let output = try opened.queries?.run(run.id)?.output
        #expect(output?["message"]?.string?.contains("longer than 512 bytes") == true)
    }

    @Test("A wait by a long path is found all the same", arguments: StoreKind.all)
    func path(_ kind: StoreKind) throws {
        let opened = try kind.open()
        let engine = try Engine.oneFunction(on: opened.store)
        let condition = "async.data[\"\(Self.long)\"] == 7"
        try answer(
            with: Op(
                .waitForEvent, id: StepID("w"), options: ["event": "e", "if": .string(condition), "timeout": "1h"]),
            on: engine)
        try engine.perform(IngestEvents([["name": "e", "data": .object([(Self.long, JSON.int(8))])]]))
        #expect(try run(in: opened).stepCount == 0)
        try engine.perform(IngestEvents([["name": "e", "data": .object([(Self.long, JSON.int(7))])]]))
        #expect(try run(in: opened).stepCount == 1)
    }

    @Test("Rows are cut into parts by their bytes") func parts() {
        let rows: [[ColumnValue]] = (0..<5).map { _ in [.text(String(repeating: "x", count: 40)), .null] }
        #expect(rows.parts(of: 100).map(\.count) == [2, 2, 1])
        #expect(rows.parts(of: 1).map(\.count) == [1, 1, 1, 1, 1])
        #expect(rows.parts(of: 1000).map(\.count) == [5])
    }
}
