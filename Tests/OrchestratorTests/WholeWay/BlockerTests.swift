import HTTPTypes
import Hummingbird
import JSON
import Testing
import Wire

@testable import Orchestrator

/// Runs that the rules of their functions hold up, as the API and the command line show them.
@Suite("Why a run waits")
struct BlockerTests {
    /// An app whose calls are answered when the test says so.
    private static func serve(
        _ settings: String,
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
            try await RunningOrchestrator.with { orchestrator in
                let registration = """
                    {"url":"\(url)/x","appName":"shop","functions":[{"id":"shop-f","triggers":[{"event":"go"}],\(settings),
                    "steps":{"step":{"runtime":{"url":"\(url)/x"}}}}]}
                    """
                let registered = try await orchestrator.send("POST", "/fn/register", body: registration)
                #expect(registered.status == 200, "\(registered.json)")
                try await body(orchestrator, answer, calls)
            }
        }
    }

    private static func start(_ orchestrator: RunningOrchestrator, _ data: String) async throws -> JSON {
        let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go","data":\#(data)}"#)
        let event = try #require(sent.json["ids"]?.elements.first { _ in true }?.string)
        return try #require(try await orchestrator.runs(of: event).first)
    }

    @Test("Concurrency names its rule, its key, and who holds it", .timeLimit(.minutes(1)))
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

    @Test("A throttle says when the run may start", .timeLimit(.minutes(1)))
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
}
