import Engine
import JSON
import Testing
import Wire

@testable import Stores

/// Functions that another version has stored, and that this one can't read.
@Suite("Unreadable functions") struct UnreadableFunctionTests {
    /// Writes the row of a function as another version would.
    private func write(_ config: JSON, archivedAt: Int64?, to store: any Store) throws {
        let row: [ColumnValue] = [
            .text("f"), .text("a"), .bytes(config.bytes), .int(1), archivedAt.map { .int($0) } ?? .null, .null, .null,
        ]
        let end = try #require(store as? any Dump.End)
        try store.transaction { try end.insert([row], into: .functions) }
    }

    @Test(
        "An engine does not begin, or their runs would end as those of functions that are no more",
        arguments: StoreKind.all)
    func refused(_ kind: StoreKind) throws {
        let opened = try kind.open()
        try write(["id": "f", "colour": 7], archivedAt: nil, to: opened.store)
        let error = #expect(throws: UnreadableFunction.self) { try Engine(store: opened.store) }
        #expect(error?.description.contains("start that version again") == true)
    }

    @Test("One that is archived does no harm", arguments: StoreKind.all) func archived(_ kind: StoreKind) throws {
        let opened = try kind.open()
        try write(["id": "f", "colour": 7], archivedAt: 5, to: opened.store)
        _ = try Engine(store: opened.store)
    }
}
