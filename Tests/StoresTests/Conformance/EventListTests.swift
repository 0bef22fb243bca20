import Engine
import JSON
import Testing
import Wire

@testable import Stores

/// Events are listed as they came: a step may send one under an id that was made long before.
@Suite struct EventListTests {
    /// An event whose id is as old as its number says.
    private func event(_ number: Int, _ name: String = "e", received: Int64) -> StoredEvent {
        let id = ULID(time: Sample.time(Int64(number)), random: UInt128(number))
        return StoredEvent(
            event: Event(internalID: id, name: name, data: [:], time: Sample.start), receivedAt: Sample.time(received))
    }

    private func numbers(_ opened: OpenStore, _ change: (inout EventQuery) -> Void = { _ in }) throws -> [Int] {
        var query = EventQuery(limit: 100)
        change(&query)
        return try #require(opened.queries).events(query).elements.map { Int($0.event.internalID.value & 0xFFFF) }
    }

    private func filled(_ kind: StoreKind) throws -> OpenStore {
        let opened = try kind.open()
        try opened.write {
            $0.events = [
                event(10, received: 10), event(20, "other", received: 20), event(30, received: 30),
                // From a step of a run that began long ago.
                event(1, received: 40), event(2, "other", received: 40), event(3, received: 40),
            ]
        }
        return opened
    }

    @Test(arguments: StoreKind.all) func listsWhatCameLastFirst(kind: StoreKind) throws {
        let opened = try filled(kind)
        #expect(try numbers(opened) == [3, 2, 1, 30, 20, 10])
        #expect(try numbers(opened) { $0.name = "e" } == [3, 1, 30, 10])
    }

    @Test(arguments: StoreKind.all) func goesOnAfterTheLastOfAPage(kind: StoreKind) throws {
        let opened = try filled(kind)
        let queries = try #require(opened.queries)
        for name in [nil, "e"] {
            var query = EventQuery(limit: 1)
            query.name = name
            var listed: [ULID] = []
            var hasMore = true
            while hasMore {
                let page = try queries.events(query)
                listed += page.elements.map(\.event.internalID)
                (query.before, hasMore) = (listed.last, page.hasMore)
            }
            #expect(listed.map { Int($0.value & 0xFFFF) } == (name == nil ? [3, 2, 1, 30, 20, 10] : [3, 1, 30, 10]))
        }
    }

    @Test(arguments: StoreKind.all) func goesOnAfterAnEventThatHasBeenDeleted(kind: StoreKind) throws {
        let opened = try filled(kind)
        #expect(try numbers(opened) { $0.before = ULID(time: Sample.time(25), random: 25) } == [20, 10])
    }

    @Test(arguments: StoreKind.all) func asksWhenItCame(kind: StoreKind) throws {
        let opened = try filled(kind)
        #expect(try numbers(opened) { $0.since = Sample.time(30) } == [3, 2, 1, 30])
        #expect(try numbers(opened) { $0.until = Sample.time(30) } == [20, 10])
        #expect(try numbers(opened) { ($0.since, $0.until) = (Sample.time(20), Sample.time(40)) } == [30, 20])
    }
}
