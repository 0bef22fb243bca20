import JSON
import Logging
import Testing
import Wire

@testable import AppSDK

@Suite("The function's logger")
struct LoggerTests {
    private func function() -> some DurableFunction {
        Function("f", on: .event(Started.self)) { context in
            context.logger.info("before")
            defer { context.logger.info("defer") }
            try await context.step.run("one") { context.logger.info("in one") }
            context.logger.info("between")
            try await context.step.run("two") { context.logger.info("in two") }
            context.logger.info("after")
        }
    }

    @Test("Each line is written once in a run, and none while a function is left") func once() async throws {
        let recorder = Recorder()
        var run = try Rehearsal(function()) { $0.logger = Logger(label: "test") { _ in RecordingHandler(recorder) } }
        _ = await run.finish()
        #expect(recorder.all == ["before", "in one", "between", "in two", "after", "defer"])
    }

    @Test("A call for one step logs that step alone") func targeted() async throws {
        let recorder = Recorder()
        var run = try Rehearsal(function()) { $0.logger = Logger(label: "test") { _ in RecordingHandler(recorder) } }
        run.remember("one", ["data": .null])
        _ = await run.ops(target: StepID("two"), planOnly: true)
        #expect(recorder.all == ["in two"])
    }

    @Test("Lines carry run and function") func metadata() async throws {
        let recorder = Recorder()
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                recorder.note(context.logger[metadataKey: "run"]?.description ?? "")
                recorder.note(context.logger[metadataKey: "function"]?.description ?? "")
            })
        _ = await run.call()
        #expect(recorder.all == [run.runID.description, "app-f"])
    }
}

private struct RecordingHandler: LogHandler {
    let recorder: Recorder
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(_ recorder: Recorder) { self.recorder = recorder }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { recorder.note(event.message.description) }
}
