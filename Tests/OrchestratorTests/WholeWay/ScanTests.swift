import Foundation
import Testing

@testable import Orchestrator

@Suite("What a search may cost")
struct ScanTests {
    @Test("A search whose time is over goes through what it has read, where only the machine was busy")
    func stalled() async {
        var scan = Scan()
        while !scan.isOver { await Task.yield() }
        let looked = await scan.look(at: Array(0..<200), for: 200) { $0 % 2 == 0 }
        #expect(looked.found == Array(stride(from: 0, to: 200, by: 2)))
        #expect(looked.count == 200)
        #expect(scan.isOver, "no more are read")
    }

    @Test("A search whose conditions have cost too much ends, after one row at least")
    func costly() async {
        var scan = Scan()
        let busy = { @Sendable (_: Int) in
            // More of a processor than a search may take.
            let start = Self.processorTime
            while Self.processorTime - start < .milliseconds(300) {}
            return false
        }
        #expect(await scan.look(at: [1, 2, 3], for: 3, busy).count == 1)
        #expect(scan.isOver)
        #expect(await scan.look(at: [2, 3], for: 3) { _ in true }.found == [2])
    }

    /// Of this thread.
    private static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
