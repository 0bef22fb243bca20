import HTTPTypes
import Hummingbird
import JSON
import Testing
import Wire

@testable import Orchestrator

/// Runs that the rules of their functions hold up, as the API and the command line show them.
@Suite("Why a run waits")
struct BlockerTests {
    /// An app of two functions whose calls are answered when the test says so: `f`, started by `go`, and `g`, by `also`.
    private static func serve(
        _ settings: String, other: String = #""name":"g""#, openCalls: Int = 20,
        _ body:
            @escaping @Sendable (RunningOrchestrator, AsyncStream<Void>.Continuation, AsyncStream<Void>) async throws
            -> Void
    ) async throws {
        let (calls, call) = AsyncStream.makeStream(of: Void.self)
        let (answers, answer) = AsyncStream.makeStream(of: Void.self)
        let router = Router()
        router.post("/x") { _, _ in
            call.yield()
            _ = await answers.first { _ in true }
            var headers: HTTPFields = [.contentType: "application/json"]
            if let name = HTTPField.Name("x-inngest-sdk") { headers[name] = "test:v1" }
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: .init(string: "null")))
        }
        try await serving(router) { url in
            try await RunningOrchestrator.with(openCalls: openCalls) { orchestrator in
                let functions = [("f", "go", settings), ("g", "also", other)].map { id, event, settings in
                    """
                    {"id":"shop-\(id)","triggers":[{"event":"\(event)"}],\(settings),\
                    "steps":{"step":{"runtime":{"url":"\(url)/x"}}}}
                    """
                }
                let registration = """
                    {"url":"\(url)/x","appName":"shop","functions":[\(functions.joined(separator: ","))]}
                    """
                let registered = try await orchestrator.send("POST", "/fn/register", body: registration)
                #expect(registered.status == 200, "\(registered.json)")
                try await orchestrator.pauseClock()
                // Whoever waits for an answer gets one in the end, or the orchestrator would wait for it.
                defer { for _ in 0..<20 { answer.yield() } }
                try await body(orchestrator, answer, calls)
            }
        }
    }

    private static func start(
        _ orchestrator: RunningOrchestrator, _ data: String, _ name: String = "go", at time: Timestamp? = nil
    ) async throws -> JSON {
        let ts = time.map { #","ts":\#($0.milliseconds)"# } ?? ""
        let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"\#(name)","data":\#(data)\#(ts)}"#)
        let event = try #require(sent.json["ids"]?.elements.first { _ in true }?.string)
        return try #require(try await orchestrator.runs(of: event).first)
    }

    private static func blockers(_ orchestrator: RunningOrchestrator, _ run: JSON) async throws -> [JSON] {
        try await orchestrator.timeline(run)["waiting"].map { Array($0.elements) } ?? []
    }

    /// The only thing that a run waits for.
    private static func blocker(_ orchestrator: RunningOrchestrator, _ run: JSON) async throws -> JSON {
        let blockers = try await blockers(orchestrator, run)
        try #require(blockers.count == 1, "\(blockers)")
        return blockers[0]
    }

    private static func now(_ orchestrator: RunningOrchestrator) async throws -> Timestamp {
        let now = try await orchestrator.send("GET", "/v1/clock").data["now"]?.string
        return try #require(now.flatMap { Timestamp(rfc3339: $0) })
    }

    private static func time(_ json: JSON?) throws -> Timestamp {
        try #require(json?.string.flatMap { Timestamp(rfc3339: $0) })
    }

    @Test("Concurrency names its rule, its key, and who holds it", .timeLimit(.minutes(10)))
    func concurrency() async throws {
        try await Self.serve(#""concurrency":{"limit":1,"key":"event.data.user"}"#) { orchestrator, answer, calls in
            let first = try await Self.start(orchestrator, #"{"user":"ann"}"#)
            _ = await calls.first { _ in true }
            let second = try await Self.start(orchestrator, #"{"user":"ann"}"#)
            let third = try await Self.start(orchestrator, #"{"user":"ann"}"#)
            let waiting = try await orchestrator.timeline(third)["waiting"]
            let blocker = try #require(waiting?.elements.first { _ in true })
            #expect(blocker["kind"] == "concurrency")
            #expect(blocker["rule"] == "concurrency 1 per event.data.user")
            #expect(blocker["key"] == "ann")
            #expect(blocker["limit"] == 1)
            #expect(blocker["held"] == 1)
            #expect(blocker["holders"] == .array([first["run_id"] ?? .null]))
            #expect(blocker["position"] == 2)
            let id = third["run_id"]?.string ?? ""
            let why = try await CommandTrial(["runs", "why", id], url: orchestrator.url)
            let said = why.output.split { $0.isWhitespace }.joined(separator: " ")
            #expect(
                said.contains(
                    "waits for concurrency 1 per event.data.user, key ann: 1 of 1 held by run "
                        + "\(first["run_id"]?.string ?? ""); before it: 1"),
                "\(said)")
            for _ in 0..<3 { answer.yield() }
            try await orchestrator.advance()
            for run in [first, second, third] {
                #expect(try await orchestrator.timeline(run)["run"]?["status"] == "Completed")
            }
        }
    }

    @Test("A throttle says when the run may start", .timeLimit(.minutes(10)))
    func throttle() async throws {
        try await Self.serve(#""throttle":{"limit":1,"period":"1h"}"#) { orchestrator, answer, calls in
            for _ in 0..<3 { answer.yield() }
            let first = try await Self.start(orchestrator, "{}")
            _ = await calls.first { _ in true }
            let second = try await Self.start(orchestrator, "{}")
            let started = try await orchestrator.timeline(first)["run"]?["started_at"]?.string
            let blocker = try #require(
                try await orchestrator.timeline(second)["waiting"]?.elements.first { _ in true })
            #expect(blocker["kind"] == "throttle")
            let earliest = try #require(blocker["earliest"]?.string.flatMap { Timestamp(rfc3339: $0) })
            #expect(try earliest - #require(started.flatMap { Timestamp(rfc3339: $0) }) == .seconds(3600))
            try await orchestrator.advance("61m")
            #expect(try await orchestrator.timeline(second)["run"]?["status"] == "Completed")
        }
    }

    @Test("Concurrency of runs names the run that is under way", .timeLimit(.minutes(10)))
    func runConcurrency() async throws {
        try await Self.serve(#""concurrency":{"fn":[{"limit":1,"key":"event.data.user"}]}"#) { orchestrator, _, calls in
            let first = try await Self.start(orchestrator, #"{"user":"ann"}"#)
            _ = await calls.first { _ in true }
            let second = try await Self.start(orchestrator, #"{"user":"ann"}"#)
            let blocker = try await Self.blocker(orchestrator, second)
            #expect(blocker["kind"] == "run_concurrency")
            #expect(blocker["rule"] == "concurrency of runs 1 per event.data.user")
            #expect(blocker["key"] == "ann")
            #expect(blocker["holders"] == [first["run_id"] ?? .null])
            #expect(blocker["also"] == nil)
        }
    }

    @Test("A limit of the account names the run of another function that holds it", .timeLimit(.minutes(10)))
    func account() async throws {
        let rule = #""concurrency":{"limit":1,"scope":"account","key":"event.data.user"}"#
        try await Self.serve(rule, other: rule) { orchestrator, _, calls in
            let first = try await Self.start(orchestrator, #"{"user":"ann"}"#, "also")
            _ = await calls.first { _ in true }
            let second = try await Self.start(orchestrator, #"{"user":"ann"}"#)
            let blocker = try await Self.blocker(orchestrator, second)
            #expect(blocker["rule"] == "concurrency 1 per event.data.user (account)")
            #expect(blocker["holders"] == [first["run_id"] ?? .null])
            #expect(first["function"] == "shop-g")
        }
    }

    @Test("Of two limits that are full both are named", .timeLimit(.minutes(10)))
    func both() async throws {
        let keyed = #"{"limit":1,"key":"event.data.user"}"#
        let shared = #"{"limit":1,"scope":"account","key":"'mail'"}"#
        let settings = #""concurrency":[\#(keyed),\#(shared)]"#
        try await Self.serve(settings, other: #""concurrency":\#(shared)"#) { orchestrator, _, calls in
            let first = try await Self.start(orchestrator, #"{"user":"ann"}"#)
            _ = await calls.first { _ in true }
            let id = first["run_id"]?.string ?? ""
            let second = try await Self.start(orchestrator, #"{"user":"ann"}"#)
            let blocker = try await Self.blocker(orchestrator, second)
            let also = try #require(blocker["also"]?[0])
            #expect(
                Set([blocker["rule"], also["rule"]])
                    == ["concurrency 1 per event.data.user", "concurrency 1 per 'mail' (account)"])
            for gate in [blocker, also] {
                #expect(gate["holders"] == [.string(id)])
                #expect(gate["limit"] == 1)
                #expect(gate["held"] == 1)
            }
            let text = blocker["text"]?.string ?? ""
            #expect(text.contains("concurrency 1 per event.data.user, key ann: 1 of 1 held by run \(id)"), "\(text)")
            #expect(text.contains("concurrency 1 per 'mail' (account), key mail: 1 of 1 held by run \(id)"), "\(text)")
            // Another user waits for the shared limit alone.
            let third = try await Self.start(orchestrator, #"{"user":"bob"}"#)
            #expect(try await Self.blocker(orchestrator, third)["also"] == nil)
        }
    }

    @Test("A call that may go and is not made yet is named as well", .timeLimit(.minutes(10)))
    func admitted() async throws {
        try await Self.serve(#""concurrency":1"#, openCalls: 1) { orchestrator, _, calls in
            _ = try await Self.start(orchestrator, "{}", "also")
            _ = await calls.first { _ in true }
            let first = try await Self.start(orchestrator, "{}")
            let second = try await Self.start(orchestrator, "{}")
            #expect(try await Self.blocker(orchestrator, first)["kind"] == "queue", "nobody is free to take it")
            let blocker = try await Self.blocker(orchestrator, second)
            #expect(blocker["holders"] == [first["run_id"] ?? .null])
        }
    }

    @Test("A throttle counts what stands before a run under other keys", .timeLimit(.minutes(10)))
    func throttleOverKeys() async throws {
        let settings = #""throttle":{"limit":1,"period":"1h"},"concurrency":{"limit":5,"key":"event.data.user"}"#
        try await Self.serve(settings) { orchestrator, _, calls in
            let first = try await Self.start(orchestrator, #"{"user":"ann"}"#)
            _ = await calls.first { _ in true }
            let begun = try Self.time(try await orchestrator.timeline(first)["run"]?["started_at"])
            for (number, user) in ["bob", "cid", "dan"].enumerated() {
                let run = try await Self.start(orchestrator, #"{"user":"\#(user)"}"#)
                let blocker = try await Self.blocker(orchestrator, run)
                #expect(blocker["kind"] == "throttle")
                #expect(try Self.time(blocker["earliest"]) - begun == .seconds(3600 * (number + 1)), "\(user)")
            }
        }
    }

    @Test("A pause is named, and the call that waits for its end", .timeLimit(.minutes(10)))
    func paused() async throws {
        try await Self.serve(#""concurrency":1"#) { orchestrator, _, calls in
            let first = try await Self.start(orchestrator, "{}")
            _ = await calls.first { _ in true }
            let second = try await Self.start(orchestrator, "{}")
            _ = try await orchestrator.send("POST", "/v1/functions/shop-f/pause", body: #"{"cancel_after":"2d"}"#)
            #expect(try await Self.blockers(orchestrator, first).map { $0["kind"] } == ["paused", "call"])
            let blockers = try await Self.blockers(orchestrator, second)
            #expect(blockers.map { $0["kind"] } == ["paused", "queue"])
            let text = blockers[0]["text"]?.string ?? ""
            #expect(text.contains("the function shop-f is paused since"), "\(text)")
            let end = try Self.time(blockers[0]["until"])
            #expect(end - (try Self.time(blockers[0]["since"])) == .seconds(2 * 86_400))
            #expect(text.contains("its runs are cancelled at \(end)"), "\(text)")
        }
    }

    @Test("A negative priority says how long it puts a call off", .timeLimit(.minutes(10)))
    func priority() async throws {
        try await Self.serve(#""priority":{"run":"event.data.p"}"#) { orchestrator, _, _ in
            let run = try await Self.start(orchestrator, #"{"p":-60}"#)
            let blocker = try await Self.blocker(orchestrator, run)
            #expect(blocker["kind"] == "priority")
            #expect(try Self.time(blocker["until"]) - (try Self.time(run["queued_at"])) == .seconds(60))
            #expect(blocker["text"]?.string?.contains("its priority of -60 puts each call off") == true)
        }
    }

    @Test("A run whose time lies ahead says when it starts", .timeLimit(.minutes(10)))
    func delayed() async throws {
        try await Self.serve(#""concurrency":1"#) { orchestrator, _, _ in
            let time = try await Self.now(orchestrator) + .seconds(3600)
            let run = try await Self.start(orchestrator, "{}", at: time)
            let blocker = try await Self.blocker(orchestrator, run)
            #expect(blocker["kind"] == "start")
            #expect(blocker["text"] == .string("starts at \(time)"))
            #expect(try Self.time(blocker["until"]) == time)
        }
    }
}
