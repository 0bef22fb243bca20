import Engine
import Foundation
import JSON
import Synchronization
import Testing
import Wire

/// What an app sends of its own accord, over HTTP.
@Suite("Checkpoints and endpoints over HTTP")
struct CheckpointAPITests {
    /// Holds its first call open until the test lets it go.
    private final class SlowApp: Sendable {
        let calls: AsyncStream<JSON>
        private let came: AsyncStream<JSON>.Continuation

        init() { (calls, came) = AsyncStream.makeStream(of: JSON.self) }

        func note(_ request: String) {
            let body = request.range(of: "\r\n\r\n").map { String(request[$0.upperBound...]) } ?? ""
            if let json = try? JSON(parsing: body) { came.yield(json) }
        }
    }

    @Test("A checkpoint is kept, a stale one refused, and the sizes and codes are the protocol's")
    func checkpoints() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let slow = SlowApp()
            let app = HostileApp { request, _ in
                slow.note(request)
                return .send("")  // No answer: the call stays open.
            }
            try await app.serve { url in
                try await orchestrator.registerFunction("slow", url: url, event: "go")
                _ = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
                let call = try #require(await slow.calls.first { _ in true })
                let context = try #require(call["ctx"])
                let run = context["run_id"]?.string ?? ""
                func checkpoint(_ changes: [String: JSON?], run path: String? = nil) async throws -> Int {
                    let body: JSON = [
                        "fn_id": context["fn_id"], "generation_id": context["generation_id"],
                        "qi_id": context["qi_id"], "request_id": context["request_id"], "run_id": .string(run),
                        "steps": [["data": "x", "id": "aa", "op": "StepRun"]], "ts": 1,
                    ]
                    let text = body.merging(changes).text
                    return try await orchestrator.send("POST", "/v1/checkpoint/\(path ?? run)/async", body: text).status
                }
                #expect(try await checkpoint([:]) == 200)
                #expect(try await checkpoint([:]) == 200, "the same again changes nothing")
                let timeline = try await orchestrator.send("GET", "/v1/runs/\(run)/timeline").data
                #expect(timeline["steps"]?.elements.compactMap { $0["id"]?.string } == ["aa"])
                #expect(timeline["waiting"]?[0]?["kind"] == "call", "the call is still open")

                #expect(try await checkpoint(["qi_id": .string(ULID(1).description)]) == 409)
                #expect(try await checkpoint(["qi_id": ""]) == 409)
                #expect(try await checkpoint(["fn_id": "00000000-0000-0000-0000-000000000000"]) == 400)
                #expect(try await checkpoint(["run_id": .string(ULID(1).description)]) == 400)
                #expect(try await checkpoint(["steps": [["id": "s", "name": "1h", "op": "Sleep"]]]) == 400)
                #expect(try await checkpoint(["steps": [.null]]) == 400)
                #expect(try await checkpoint(["steps": "none"]) == 400)
                #expect(try await checkpoint(["run_id": nil], run: ULID(1).description) == 404)
                #expect(try await checkpoint([:], run: "nonsense") == 400)
                let large = JSON.string(String(repeating: "x", count: (4 << 20) + 1))
                #expect(try await checkpoint(["steps": [["data": large, "id": "bb", "op": "StepRun"]]]) == 413)
                let larger = JSON.string(String(repeating: "x", count: 9 << 20))
                #expect(try await checkpoint(["steps": [["data": larger, "id": "bb", "op": "StepRun"]]]) == 413)

                let end: JSON = [["data": "end", "id": "0737c22d", "op": "RunComplete"]]
                #expect(try await checkpoint(["steps": end]) == 200)
                #expect(try await orchestrator.send("GET", "/v1/runs/\(run)").data["output"] == "end")
                #expect(try await checkpoint([:]) == 409, "the run has ended")
            }
        }
    }

    private static let runID = "01KAS5X7A5V3D1Q0Z9Y8X7W6V5"

    private func begin(_ url: String, steps: String = "[]", run: String = runID) -> String {
        let host = url.replacing("/api", with: "")
        return """
            {"run_id":"\(run)","event":{"name":"inngest/http.request","data":{"domain":"\(host)","method":"PUT",
            "path":"/api/orders","query_params":"a=1","content_type":"text/plain","body":"hello"}},"steps":\(steps),
            "ts":1,"request_version":2,"retries":1}
            """
    }

    @Test("An endpoint runs by itself, reports its steps, and its client reads the result")
    func endpoint() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = HostileApp { _, _ in .close }
            try await app.serve { url in
                let began = try await orchestrator.send(
                    "POST", "/v1/checkpoint", body: begin(url, steps: #"[{"op":"StepRun","id":"a","data":1}]"#))
                #expect(began.status == 200)
                let token = began.data["token"]?.string ?? ""
                #expect(began.data["realtime_token"]?.string?.isEmpty == false)
                let again = try await orchestrator.send("POST", "/v1/checkpoint", body: begin(url))
                #expect(again.status == 409, "the run exists")
                let wrong = try await orchestrator.send("GET", "/v1/http/runs/\(Self.runID)/output?token=no")
                #expect(wrong.status == 401)

                let result =
                    #"{"status":201,"headers":{"content-type":"application/json","x-mine":"yes"},"body":"{\"ok\":1}","duration":5}"#
                let finish = """
                    {"fn_id":"\(began.data["fn_id"]?.string ?? "")","steps":[{"op":"StepRun","id":"b","data":2},
                    {"op":"RunComplete","id":"c","data":\(result)}]}
                    """
                let path = "/v1/checkpoint/\(Self.runID)/steps"
                #expect(try await orchestrator.send("POST", path, body: finish).status == 200)
                #expect(try await orchestrator.send("POST", path, body: finish).status == 409)
                let output = try await orchestrator.send("GET", "/v1/http/runs/\(Self.runID)/output?token=\(token)")
                #expect(output.status == 201)
                #expect(output.json == ["ok": 1])
                #expect(output.headers["x-mine"] == "yes")
                #expect(app.requests.isEmpty, "nobody called it")
            }
        }
    }

    @Test("The page that asked an endpoint may read its result, wherever the page is from", arguments: [200, 401])
    func outputAcrossOrigins(status: Int) async throws {
        try await RunningOrchestrator.with(kind: .cloud) { orchestrator in
            let steps = #"[{"op":"RunComplete","id":"c","data":{"status":200,"headers":{},"body":"done"}}]"#
            let began = try await orchestrator.send(
                "POST", "/v1/checkpoint", body: begin("http://127.0.0.1:1/api", steps: steps))
            let token = status == 200 ? began.data["token"]?.string ?? "" : "wrong"
            let output = try await orchestrator.send(
                "GET", "/v1/http/runs/\(Self.runID)/output?token=\(token)", headers: ["origin": "https://shop.example"])
            #expect(output.status == status)
            #expect(output.headers["access-control-allow-origin"] == "*")
            #expect(output.headers["access-control-allow-credentials"] == nil)
        }
    }

    @Test("An endpoint that has to wait is requested again as it was at first, with the orchestrator's headers")
    func reentry() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = HostileApp { _, _ in
                .send(
                    HostileApp.answer(
                        "206 Partial Content",
                        #"[{"op":"RunComplete","id":"c","data":{"status":200,"headers":{},"body":"late"}}]"#))
            }
            try await app.serve { url in
                let sleeping = #"[{"op":"StepRun","id":"a","data":1},{"op":"Sleep","id":"s","name":"1h"}]"#
                _ = try await orchestrator.send("POST", "/v1/checkpoint", body: begin(url, steps: sleeping))
                try await orchestrator.advance("30m")
                #expect(app.requests.isEmpty)
                let state = try await orchestrator.send("GET", "/v0/runs/\(Self.runID)/actions")
                #expect(state.json == ["a": ["data": 1]])
                try await orchestrator.advance("31m")
                let request = try #require(app.requests.first)
                #expect(request.hasPrefix("PUT /api/orders?a=1 HTTP/1.1"))
                #expect(request.lowercased().contains("x-run-id: \(Self.runID.lowercased())"))
                #expect(request.lowercased().contains("x-inngest-step-id: step"))
                #expect(request.lowercased().contains("content-type: text/plain"))
                #expect(request.hasSuffix("hello"))
                let run = try await orchestrator.send("GET", "/v1/runs/\(Self.runID)").data
                #expect(run["status"] == "Completed")
            }
        }
    }

    @Test("An endpoint that is not heard of any more is requested again")
    func silence() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = HostileApp { _, _ in .send(HostileApp.answer("200 OK", #""finished""#)) }
            try await app.serve { url in
                _ = try await orchestrator.send("POST", "/v1/checkpoint", body: begin(url))
                try await orchestrator.advance("9m")
                #expect(app.requests.isEmpty)
                try await orchestrator.advance("2m")
                #expect(app.requests.count == 1)
                #expect(try await orchestrator.send("GET", "/v1/runs/\(Self.runID)").data["output"] == "finished")
            }
        }
    }

    @Test(
        "A run of an endpoint wants a request that can be repeated",
        arguments: [
            #"{"name":"other"}"#, #"{"name":"inngest/http.request","data":{}}"#,
            #"{"name":"inngest/http.request","data":{"domain":"file://x"}}"#,
            #"{"name":"inngest/http.request","data":{"domain":"u@h","path":"/"}}"#,
            #"{"name":"inngest/http.request","data":{"domain":"h","path":"x"}}"#,
        ])
    func invalid(event: String) async throws {
        try await RunningOrchestrator.with { orchestrator in
            let body = #"{"run_id":"\#(Self.runID)","event":\#(event)}"#
            let answer = try await orchestrator.send("POST", "/v1/checkpoint", body: body)
            #expect(answer.status == 400)
        }
    }
}
