import Engine
import Synchronization
import Testing
import Wire

@testable import Orchestrator

@Suite("Totals")
struct RunTotalsTests {
    private func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    @Test("Many who ask at the same time are counted for once")
    func shared() async throws {
        let counts = Mutex(0)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let totals = RunTotals { _ in
            counts.withLock { $0 += 1 }
            for await _ in gate {}
            return [.failed: 3]
        }
        try await withThrowingTaskGroup(of: Int?.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await totals.totals(RunQuery(limit: 50), now: Timestamp(milliseconds: 7)).counts[.failed]
                }
            }
            group.addTask {
                while await totals.waiting < 50 { await Task.yield() }
                open.finish()
                return 3
            }
            for try await count in group { #expect(count == 3) }
        }
        #expect(counts.withLock { $0 } == 1)
    }

    @Test("Other filters are counted by themselves, and a count that failed is made again")
    func distinct() async throws {
        struct Broken: Error {}
        let asked = Mutex<[RunQuery]>([])
        let totals = RunTotals { query in
            let number = asked.withLock { asked in
                asked.append(query)
                return asked.count
            }
            if number == 1 { throw Broken() }
            return [.failed: number]
        }
        var other = RunQuery(limit: 50)
        other.failure = "x"
        await #expect(throws: Broken.self) { try await totals.totals(RunQuery(limit: 50), now: time(1)) }
        #expect(try await totals.totals(RunQuery(limit: 50), now: time(2)).at == time(2))
        #expect(try await totals.totals(other, now: time(3)).counts[.failed] == 3)
    }
}
