import JSON
import Testing
import Wire

@testable import Engine

@Suite struct FetchTests {
    let bench: Bench

    init() throws { bench = try Bench(settings: EngineSettings(backoff: .fixed(.seconds(5)))) }

    private func start(_ code: Op.Code = .gateway, options: JSON = ["url": "http://service/x"]) throws -> Run {
        try bench.define("f", triggers: [["event": "e"]], retries: 1) { call in
            guard let memo = call.request.steps.first?.value else {
                return .ops([Op(code, id: StepID("s"), displayName: "s", options: options)], retryAfter: nil)
            }
            return .returned(memo)
        }
        try bench.send("e")
        try bench.settle()
        return try bench.run("f")
    }

    private func failed(_ name: String = "GatewayError") -> FetchOutcome {
        .failed(ReportedError(name: name, message: "no luck"), retriable: true, retryAfter: nil)
    }

    @Test func becomesTheStepsResult() throws {
        let run = try start()
        let fetch = try bench.takeFetch()
        #expect(fetch.request.options["url"] == "http://service/x")
        #expect(bench.open.isEmpty, "the app is not kept waiting")
        try bench.perform(FinishFetch(fetch.key, lease: fetch.lease, outcome: .data(["status_code": 404]), status: 404))
        try bench.settle()
        #expect(try bench.run("f").output == ["data": ["status_code": 404]])
        try bench.expectNothingLeft(of: run)
        #expect(try DatabaseDump(bench.sqlite).rows(of: "step_requests").isEmpty)
    }

    @Test func isRepeatedAndThenFailsTheStep() throws {
        let run = try start()
        let first = try bench.takeFetch()
        try bench.perform(FinishFetch(first.key, lease: first.lease, outcome: failed()))
        #expect(bench.fetches.isEmpty)
        try bench.advance(by: .seconds(5))
        let second = try bench.takeFetch()
        #expect(try bench.perform(FinishFetch(first.key, lease: first.lease, outcome: .data(1))) == .stale)
        try bench.perform(FinishFetch(second.key, lease: second.lease, outcome: failed()))
        try bench.settle()
        #expect(try bench.value("s", run)?["error"]?["name"] == "GatewayError")
        #expect(try bench.kinds(run).filter { $0 == .stepErrored }.count == 1)
        #expect(try bench.run("f").status == .completed, "the function caught it")
    }

    @Test func isMadeAgainAfterARestart() throws {
        _ = try start()
        let lost = try bench.takeFetch()
        try bench.perform(Reconcile())
        let again = try bench.takeFetch()
        #expect(again.key == lost.key)
        #expect(try bench.perform(FinishFetch(lost.key, lease: lost.lease, outcome: .data(1))) == .stale)
        #expect(try bench.perform(FinishFetch(again.key, lease: again.lease, outcome: .data(1))) == .applied)
    }

    @Test func hasPlacesOfItsOwn() throws {
        _ = try start()
        try bench.perform(FinishFetch(try bench.takeFetch().key, lease: ULID(1), outcome: .data(1)))
        bench.room = 0
        let batch = bench.engine.execute([Reconcile()], now: bench.now, room: 0, fetchRoom: 0)
        #expect(batch.fetches.isEmpty)
        #expect(bench.engine.nextDue(hasRoom: false, hasFetchRoom: true).map { $0 <= bench.now } == true)
        #expect(bench.engine.execute([], now: bench.now, room: 0, fetchRoom: 1).fetches.count == 1)
    }

    @Test(
        arguments: [
            ["url": "ftp://x"], ["url": "http://x", "method": "TRACE"], ["url": "file:///etc/passwd"], [:],
            ["url": "http://x", "headers": ["a\nb": "c"]], ["url": "http://x", "headers": ["a": "c\r\nd: e"]],
        ] as [JSON])
    func refusesWhatCanNotBeMade(options: JSON) throws {
        let run = try start(options: options)
        #expect(bench.fetches.isEmpty)
        #expect(try bench.value("s", run)?["error"]?["name"] == "GatewayError")
    }

    @Test func goesWithItsRun() throws {
        let run = try start(.aiGateway, options: ["url": "http://m", "auth_key": "secret", "body": [:]])
        let fetch = try bench.takeFetch()
        #expect(fetch.request.purpose == .inference)
        try bench.perform(CancelRun(run.id))
        #expect(try bench.perform(FinishFetch(fetch.key, lease: fetch.lease, outcome: .data(1))) == .stale)
        #expect(try !DatabaseDump(bench.sqlite).text.contains("secret"), "the key of another service is gone")
    }
}
