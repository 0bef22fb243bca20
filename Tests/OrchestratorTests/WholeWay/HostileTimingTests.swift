import Foundation
import JSON
import Testing
import Wire

/// Too late, in another order, for others: on the real binary.
@Suite("An app that answers at the wrong time, or for others")
struct HostileTimingTests {
    private static func steps(_ ops: String) -> String { HostileApp.answer("206 Partial Content", ops) }

    private static func call(_ request: String) -> JSON {
        let body = request.range(of: "\r\n\r\n").map { String(request[$0.upperBound...]) } ?? ""
        return (try? JSON(parsing: body)) ?? .null
    }

    private func start(_ orchestrator: RunningOrchestrator) async throws -> (event: String, run: String) {
        let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
        let event = sent.json["ids"]?[0]?.string ?? ""
        try await orchestrator.untilRuns(of: event) { !$0.isEmpty }
        return (event, try await orchestrator.runs(of: event)[0]["run_id"]?.string ?? "")
    }

    @Test("Answers when its run was cancelled: nothing of it counts", .timeLimit(.minutes(10)))
    func afterCancel() async throws {
        try await RunningOrchestrator.withBinary { orchestrator in
            let gate = Gate()
            let app = HostileApp { _, _ in
                .sendAfter(gate, Self.steps(#"[{"op":"StepRun","id":"a","data":1},{"op":"StepPlanned","id":"b"}]"#))
            }
            try await app.serve { url in
                try await orchestrator.registerFunction("app", url: url, event: "go")
                let (_, run) = try await start(orchestrator)
                try await app.untilCalled(1)
                #expect(try await orchestrator.send("DELETE", "/v1/runs/\(run)").status == 204)
                gate.open()
                try await orchestrator.advance("1h")
                let timeline = try await orchestrator.send("GET", "/v1/runs/\(run)/timeline").data
                #expect(timeline["run"]?["status"] == "Cancelled")
                #expect(timeline["steps"] == [])
                #expect(app.requests.count == 1, "it was called once more")
            }
        }
    }

    @Test("Reports steps of a run that has returned: nothing of them counts", .timeLimit(.minutes(10)))
    func afterEnd() async throws {
        try await RunningOrchestrator.withBinary { orchestrator in
            let ops = #"[{"op":"RunComplete","id":"c","data":"end"},{"op":"Sleep","id":"s","name":"1h"}]"#
            let app = HostileApp { _, _ in .send(Self.steps(ops)) }
            try await app.serve { url in
                try await orchestrator.registerFunction("app", url: url, event: "go")
                let (_, run) = try await start(orchestrator)
                try await orchestrator.advance("2h")
                let context = Self.call(app.requests[0])["ctx"]
                let late: JSON = [
                    "fn_id": context?["fn_id"], "qi_id": context?["qi_id"], "run_id": .string(run),
                    "steps": [["data": 1, "id": "late", "op": "StepRun"]],
                ]
                let answer = try await orchestrator.send("POST", "/v1/checkpoint/\(run)/async", body: late.text)
                #expect(answer.status == 409)
                let timeline = try await orchestrator.send("GET", "/v1/runs/\(run)/timeline").data
                #expect(timeline["run"]?["output"] == "end")
                #expect(timeline["steps"]?.elements.contains { $0["id"] == "late" } == false)
                #expect(app.requests.count == 1, "it was called once more")
            }
        }
    }

    @Test(
        "Answers the second of two calls first: the stack has the order in which they ended", .timeLimit(.minutes(10)))
    func otherOrder() async throws {
        try await RunningOrchestrator.withBinary { orchestrator in
            let gate = Gate()
            let app = HostileApp { request, number in
                if request.contains("stepId=aa") {
                    return .sendAfter(gate, Self.steps(#"[{"op":"StepRun","id":"aa","data":1}]"#))
                }
                if request.contains("stepId=bb") { return .send(Self.steps(#"[{"op":"StepRun","id":"bb","data":2}]"#)) }
                let plan = #"[{"op":"StepPlanned","id":"aa"},{"op":"StepPlanned","id":"bb"}]"#
                let stack = Self.call(request)["ctx"]?["stack"]?["stack"] ?? .null
                return number == 1 ? .send(Self.steps(plan)) : .send(HostileApp.answer("200 OK", stack.text))
            }
            try await app.serve { url in
                try await orchestrator.registerFunction("app", url: url, event: "go")
                let (_, run) = try await start(orchestrator)
                while try await orchestrator.send("GET", "/v1/runs/\(run)/steps/bb").status != 200 {
                    await Task.yield()
                }
                gate.open()
                try await orchestrator.advance()
                let end = try await orchestrator.send("GET", "/v1/runs/\(run)").data
                #expect(end["output"] == ["bb", "aa"])
                #expect(app.requests.count == 4, "one discovery for both")
            }
        }
    }

    @Test("Checkpoints into the run of another call: refused", .timeLimit(.minutes(10)))
    func foreignRun() async throws {
        try await RunningOrchestrator.withBinary { orchestrator in
            let gate = Gate()
            let app = HostileApp { _, _ in .sendAfter(gate, HostileApp.answer("200 OK", "1")) }
            try await app.serve { url in
                try await orchestrator.registerFunction("app", url: url, event: "go")
                let (_, own) = try await start(orchestrator)
                let (_, other) = try await start(orchestrator)
                try await app.untilCalled(2)
                let request = app.requests.first { $0.contains(own) } ?? ""
                let context = Self.call(request)["ctx"]
                let steps: JSON = [["data": "forged", "id": "a", "op": "StepRun"]]
                for (path, body, status) in [
                    (other, other, 409), (other, own, 400), (ULID(1).description, ULID(1).description, 404),
                ] {
                    let lie: JSON = [
                        "fn_id": context?["fn_id"], "qi_id": context?["qi_id"], "run_id": .string(body), "steps": steps,
                    ]
                    let answer = try await orchestrator.send("POST", "/v1/checkpoint/\(path)/async", body: lie.text)
                    #expect(answer.status == status)
                }
                gate.open()
                try await orchestrator.advance()
                let timeline = try await orchestrator.send("GET", "/v1/runs/\(other)/timeline").data
                #expect(timeline["run"]?["status"] == "Completed")
                #expect(timeline["steps"] == [], "a step was forged")
            }
        }
    }

    @Test("Takes its time: others go on, as long as it has not all places", .timeLimit(.minutes(10)))
    func slowBesideOthers() async throws {
        try await RunningOrchestrator.withBinary(["--queue-workers", "2"]) { orchestrator in
            let gate = Gate()
            let slow = HostileApp { _, _ in .sendAfter(gate, HostileApp.answer("200 OK", "1")) }
            let good = HostileApp { _, _ in .send(HostileApp.answer("200 OK", #""fine""#)) }
            try await slow.serve { slowURL in
                try await good.serve { goodURL in
                    // What docs/operating.md advises for an app that is not trusted to be quick.
                    try await orchestrator.registerFunction("slow", url: slowURL, event: "slow", concurrency: 1)
                    try await orchestrator.registerFunction("good", url: goodURL, event: "go")
                    for _ in 0..<3 { _ = try await orchestrator.send("POST", "/e/k", body: #"{"name":"slow"}"#) }
                    try await slow.untilCalled(1)
                    for _ in 0..<3 {
                        let (event, _) = try await start(orchestrator)
                        try await orchestrator.untilRuns(of: event) { $0.first?["output"] == "fine" }
                    }
                    #expect(slow.requests.count == 1)
                    gate.open()
                    try await orchestrator.advance()
                    #expect(slow.requests.count == 3)
                }
            }
        }
    }
}
