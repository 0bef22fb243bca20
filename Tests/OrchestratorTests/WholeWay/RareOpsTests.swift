import JSON
import Testing
import Wire

/// Reports that SDKs make seldom, over HTTP.
@Suite("Signals, defers and legacy steps over HTTP")
struct RareOpsTests {
    private static func steps(_ ops: String) -> HostileApp.Reply {
        .send(HostileApp.answer("206 Partial Content", ops))
    }

    private static func returned(_ json: JSON?) -> HostileApp.Reply {
        .send(HostileApp.answer("200 OK", (json ?? "nothing").text))
    }

    private static func call(_ request: String) -> JSON {
        let body = request.range(of: "\r\n\r\n").map { String(request[$0.upperBound...]) } ?? ""
        return (try? JSON(parsing: body)) ?? .null
    }

    /// Serves `app-f`, started by `go`, and what else is told.
    private func with(
        _ app: HostileApp, others: [String] = [],
        _ body: @escaping @Sendable (RunningOrchestrator) async throws -> Void
    ) async throws {
        try await RunningOrchestrator.with { orchestrator in
            try await app.serve { url in
                for name in ["app"] + others {
                    let event = name == "app" ? "go" : "none/\(name)"
                    try await orchestrator.registerFunction(name, url: url, event: event, retries: 0)
                }
                try await body(orchestrator)
            }
        }
    }

    private func start(_ orchestrator: RunningOrchestrator) async throws -> String {
        let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
        try await orchestrator.advance()
        return sent.json["ids"]?[0]?.string ?? ""
    }

    private func run(_ orchestrator: RunningOrchestrator, of event: String) async throws -> JSON {
        try #require(try await orchestrator.runs(of: event).first)
    }

    @Test("A run waits for a signal, and gets what is sent with it")
    func signal() async throws {
        let app = HostileApp { request, number in
            number == 1
                ? Self.steps(#"[{"op":"WaitForSignal","id":"s","opts":{"signal":"approved","timeout":"1h"}}]"#)
                : Self.returned(Self.call(request)["steps"]?["s"])
        }
        try await with(app) { orchestrator in
            let event = try await start(orchestrator)
            let waiting = try await run(orchestrator, of: event)
            let sent = try await orchestrator.send(
                "POST", "/v1/signals", body: #"{"signal":"approved","data":{"by":"me"}}"#)
            #expect(sent.status == 200)
            #expect(sent.data["run_id"] == waiting["run_id"])
            try await orchestrator.advance()
            let expected: JSON = ["data": ["data": ["by": "me"], "signal": "approved"]]
            #expect(try await run(orchestrator, of: event)["output"] == expected)
            let again = try await orchestrator.send("POST", "/v1/signals", body: #"{"signal":"approved"}"#)
            #expect(again.status == 404, "nobody waits any more")
        }
    }

    @Test("A second run that waits for the same signal fails, or takes it over; who lost it waits until its timeout")
    func conflict() async throws {
        let app = HostileApp { request, _ in
            let call = Self.call(request)
            if let memo = call["steps"]?["s"] { return Self.returned(memo) }
            let conflict = call["event"]?["data"]?["conflict"]?.string ?? "fail"
            return Self.steps(
                #"[{"op":"WaitForSignal","id":"s","opts":{"signal":"x","timeout":"1h","conflict":"\#(conflict)"}}]"#)
        }
        try await with(app) { orchestrator in
            let first = try await start(orchestrator)
            let second = try await start(orchestrator)
            let refused = try await run(orchestrator, of: second)
            #expect(refused["output"]?["error"]?["name"] == "SignalConflictError")
            let sent = try await orchestrator.send(
                "POST", "/e/k", body: #"{"name":"go","data":{"conflict":"replace"}}"#)
            try await orchestrator.advance()
            let third = sent.json["ids"]?[0]?.string ?? ""
            let signal = try await orchestrator.send("POST", "/v1/signals", body: #"{"signal":"x","data":1}"#)
            #expect(signal.data["run_id"] == (try await run(orchestrator, of: third))["run_id"])
            try await orchestrator.advance()
            #expect(try await run(orchestrator, of: third)["output"]?["data"]?["data"] == 1)
            #expect(try await run(orchestrator, of: first)["status"] == "Running")
            try await orchestrator.advance("61m")
            #expect(try await run(orchestrator, of: first)["output"] == .null)
        }
    }

    @Test("What a run defers is started when it ends; the app is told what it has asked for; what it takes back is not")
    func defers() async throws {
        let app = HostileApp { request, _ in
            let call = Self.call(request)
            if request.hasPrefix("POST /api?fnId=later-f") { return Self.returned(call["event"]?["data"]?["n"]) }
            if call["steps"]?["a"] != nil { return Self.returned(call["defers"]) }
            return Self.steps(
                #"""
                [{"op":"DeferAdd","id":"d1","opts":{"fn_slug":"later-f","input":{"n":7}}},
                {"op":"DeferAdd","id":"d2","opts":{"fn_slug":"later-f","input":{"n":8}}},
                {"op":"DeferAbort","id":"x","opts":{"target_hashed_id":"d2"}},{"op":"StepRun","id":"a","data":1}]
                """#)
        }
        try await with(app, others: ["later"]) { orchestrator in
            let event = try await start(orchestrator)
            let defers: JSON = ["d1": ["abortable": true], "d2": ["abortable": false]]
            #expect(try await run(orchestrator, of: event)["output"] == defers)
            let later = try await orchestrator.send("GET", "/v1/runs?function=later-f").data
            #expect(later.elements.map { $0["output"] } == [7])
        }
    }

    @Test("A legacy Step is kept as it came")
    func legacyStep() async throws {
        let app = HostileApp { request, number in
            number == 1
                ? Self.steps(#"[{"op":"Step","id":"a","name":"old","data":{"x":[1]}}]"#)
                : Self.returned(Self.call(request)["steps"])
        }
        try await with(app) { orchestrator in
            let event = try await start(orchestrator)
            #expect(try await run(orchestrator, of: event)["output"] == ["a": ["x": [1]]])
        }
    }
}
