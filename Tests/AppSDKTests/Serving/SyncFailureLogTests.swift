import Logging
import Testing
import Wire

@testable import AppSDK

@Suite("Logging of failed syncs")
struct SyncFailureLogTests {
    private let recorder = Recorder()

    struct Handler: LogHandler {
        let recorder: Recorder
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }
        func log(event: LogEvent) { recorder.note("\(event.message)") }
    }

    private func fail(_ log: SyncFailureLog, _ message: String = "refused", after seconds: Int64) {
        log.log(
            message, at: Timestamp(milliseconds: 1_700_000_000_000 + seconds * 1000),
            to: Logger(label: "test", factory: { _ in Handler(recorder: recorder) }))
    }

    @Test("A failure each second for an hour is a line at once, then ever fewer, which say how many there were")
    func backsOff() {
        let log = SyncFailureLog()
        for second in 0..<3600 { fail(log, after: Int64(second)) }
        #expect(recorder.all.count < 20)
        #expect(recorder.all.first == "sync failed: refused")
        #expect(recorder.all.last?.contains("more since the last line") == true)
    }

    @Test("Another failure is logged at once, and so is the first one after a success") func news() {
        let log = SyncFailureLog()
        fail(log, after: 0)
        fail(log, after: 1)
        fail(log, after: 2)
        fail(log, "unreachable", after: 2)
        log.reset()
        fail(log, "unreachable", after: 2)
        #expect(
            recorder.all == [
                "sync failed: refused", "sync failed: refused", "sync failed: unreachable", "sync failed: unreachable",
            ])
    }
}
