import Engine
import JSON
import Testing
import Wire

@testable import Orchestrator

/// The clock of `dev` is moved while an app takes its time to answer.
@Suite("The clock, on its way", .timeLimit(.minutes(10)))
struct ClockJourneyTests {
    /// What a test sees: a call that is open until the test ends, and a clock that waits for it.
    private struct Scene {
        let orchestrator: RunningOrchestrator
        let run: String
        /// How the clock stood before it set off.
        let before: JSON

        func clock() async throws -> JSON { try await orchestrator.send("GET", "/v1/clock").data }

        func change(_ body: String) async throws -> RunningOrchestrator.Answer {
            try await orchestrator.send("POST", "/v1/clock", body: body)
        }

        /// How the clock stands once it waits for the call, and some time has passed.
        func waiting() async throws -> JSON {
            var (clock, first) = (JSON.null, Timestamp?.none)
            while true {
                clock = try await self.clock()
                guard clock["moving"]?["waits_for"] == [.string(run)] else { continue }
                guard let first else {
                    first = clock.time("wall")
                    continue
                }
                if let wall = clock.time("wall"), wall > first + .milliseconds(50) { return clock }
            }
        }
    }

    /// - Parameter answers: what the app answers to the calls before the one that it keeps open.
    private func with(
        _ answers: [String] = [], _ body: @escaping @Sendable (Scene) async throws -> Void
    ) async throws {
        try await RunningOrchestrator.with { orchestrator in
            let gate = Gate()
            let app = HostileApp { _, number in
                number <= answers.count
                    ? .send(HostileApp.answer("206 Partial Content", answers[number - 1]))
                    : .sendAfter(gate, HostileApp.answer("200 OK", "null"))
            }
            try await app.serve { url in
                defer { gate.open() }
                try await orchestrator.registerFunction("slow", url: url, event: "go")
                let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
                try await app.untilCalled(1)
                let run = try await orchestrator.runs(of: sent.json["ids"]?[0]?.string ?? "").first
                let before = try await orchestrator.send("GET", "/v1/clock").data
                try await body(
                    Scene(
                        orchestrator: orchestrator, run: try #require(run?["run_id"]?.string), before: before))
            }
        }
    }

    @Test("Is given up, says what it waited for, and has lost no time", arguments: ["run", "pause"])
    func givenUp(by: String) async throws {
        try await with { scene in
            #expect(scene.before["moving"] == .null)
            async let moved = scene.change(#"{"advance":"1h"}"#)
            let waiting = try await scene.waiting()
            let start = try #require(scene.before.time("now"))
            let now = try #require(waiting.time("now"))
            #expect(waiting["paused"] == true)
            #expect(now >= start)
            #expect(waiting["moving"]?["to"] == .string((now + .seconds(3600)).description))
            let other = try await scene.change(#"{"to_next_timer":true}"#)
            #expect(other.status == 409)
            #expect(other.json["error"]?.string?.contains("already being moved") == true)

            let ended = try await scene.change(#"{"\#(by)":true}"#)
            #expect(ended.status == 200, "\(ended.json)")
            #expect(ended.data["moving"] == .null)
            #expect(ended.data["paused"] == .bool(by == "pause"))
            let later = try #require(ended.data.time("now"))
            #expect(later >= waiting.time("wall") ?? .wall, "the time it stood is made up")
            if by == "run" { #expect(ended.data["offset_ms"] == scene.before["offset_ms"]) }
            let answer = try await moved
            #expect(answer.status == 409)
            let error = try #require(answer.json["error"]?.string)
            #expect(error.hasPrefix("the move was given up at \(now)"), "\(error)")
            #expect(error.hasSuffix(": 1 call is still open (run \(scene.run))"), "\(error)")
        }
    }

    @Test("To what is next, it knows the time only when it comes there") func toNextTimer() async throws {
        try await with { scene in
            async let moved = scene.change(#"{"to_next_timer":true}"#)
            let waiting = try await scene.waiting()
            #expect(waiting["moving"]?["to"] == .null)
            #expect(try await scene.change(#"{"run":true}"#).status == 200)
            #expect(try await moved.status == 409)
        }
    }

    @Test("Where it stood before, it stands where it came to") func stoodBefore() async throws {
        try await with { scene in
            try await scene.orchestrator.pauseClock()
            async let moved = scene.change(#"{"advance":"1h"}"#)
            let waiting = try await scene.waiting()
            let ended = try await scene.change(#"{"pause":true}"#)
            #expect(ended.data["paused"] == true)
            #expect(ended.data["now"] == waiting["now"])
            #expect(try await moved.status == 409)
        }
    }

    @Test("What it has come by on the way, it keeps") func onTheWay() async throws {
        let sleep = #"[{"id":"s","op":"Sleep","name":"1h","opts":{"duration":"1h"}}]"#
        try await with([sleep]) { scene in
            async let moved = scene.change(#"{"advance":"3d"}"#)
            let waiting = try await scene.waiting()
            let ended = try await scene.change(#"{"run":true}"#)
            #expect(try #require(ended.data.time("now")) >= waiting.time("now") ?? .wall)
            let ahead = try #require(ended.data["offset_ms"]?.int)
            #expect(ahead > 3_500_000 && ahead <= 3_600_000, "an hour was leapt over, and no more")
            #expect(try await moved.status == 409)
        }
    }

    @Test("Is there when the calls have ended, and says so no more") func arrives() async throws {
        let sleep = #"[{"id":"s","op":"Sleep","name":"1h","opts":{"duration":"1h"}}]"#
        try await with([sleep]) { scene in
            let moved = try await scene.change(#"{"advance":"30m"}"#)
            #expect(moved.status == 200)
            #expect(moved.data["moving"] == .null)
        }
    }

    // MARK: Alone

    private let start = Timestamp(milliseconds: 1_000_000)

    @Test("The clock never goes back, even where the machine's was set back meanwhile") func setBack() {
        let journey = ClockJourney(target: nil, departure: start) { _ in }
        let standing = OrchestratorClock(mode: .paused(at: start + .seconds(3600)))
        let later = journey.left(standing, wall: start + .seconds(34))
        #expect(later.mode == .running(aheadBy: .seconds(3600)))
        #expect(later.now(wall: start + .seconds(34)) == start + .seconds(3600) + .seconds(34))
        let earlier = journey.left(standing, wall: start + .seconds(-34))
        #expect(earlier.now(wall: start + .seconds(-34)) == start + .seconds(3600))
    }

    @Test("Of several calls, the first runs are named") func severalCalls() {
        let runs = (1...7).map { ULID(UInt128($0)) }
        let names = runs.prefix(5).map(\.description).joined(separator: ", ")
        #expect(ClockJourney.open(calls: 9, of: runs) == "9 calls are still open (runs \(names), …)")
        #expect(ClockJourney.open(calls: 2, of: [runs[0]]) == "2 calls are still open (run \(runs[0]))")
        #expect(ClockJourney.open(calls: 0, of: []) == nil)
    }
}
