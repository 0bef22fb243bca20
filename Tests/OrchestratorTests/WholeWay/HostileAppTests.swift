import Engine
import JSON
import Testing
import Wire

@testable import Orchestrator

@Suite("An app that means no good")
struct HostileAppTests {
    /// Runs `bad-f` of a hostile app, on the real binary, beside a function that must not notice, and returns the run.
    private func run(_ app: HostileApp, retries: Int = 1) async throws -> JSON {
        try await RunningOrchestrator.withBinary { orchestrator in
            try await app.serve { url in
                let good = HostileApp { _, _ in .send(HostileApp.answer("200 OK", #""fine""#)) }
                return try await good.serve { goodURL in
                    try await orchestrator.registerFunction("bad", url: url, event: "go", retries: retries)
                    try await orchestrator.registerFunction("good", url: goodURL, event: "go")
                    let runs = try await runs(on: orchestrator)
                    #expect(runs.first { $0["function"] == "good-f" }?["output"] == "fine", "another run noticed")
                    return try #require(runs.first { $0["function"] == "bad-f" })
                }
            }
        }
    }

    /// Sends the event, and returns the runs that come of it.
    private func runs(on orchestrator: RunningOrchestrator) async throws -> [JSON] {
        let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
        try await orchestrator.advance()
        return try await orchestrator.runs(of: sent.json["ids"]?[0]?.string ?? "")
    }

    private func expectFailure(_ app: HostileApp, _ name: String, retries: Int = 1) async throws {
        let run = try await run(app, retries: retries)
        #expect(run["status"] == "Failed")
        #expect(run["output"]?["name"]?.string == name, "\(run["output"]?.text ?? "")")
        #expect(app.requests.count == retries + 1, "each attempt is one call")
    }

    @Test("Closes without an answer")
    func closes() async throws {
        try await expectFailure(HostileApp { _, _ in .close }, "ConnectionClosed")
    }

    @Test("Breaks off in the middle of an answer")
    func breaksOff() async throws {
        let app = HostileApp { _, _ in .sendAndClose(HostileApp.answer("200 OK", "{\"a\":", length: 500)) }
        let run = try await run(app)
        #expect(run["status"] == "Failed")
        #expect(["ConnectionClosed", "AppUnreachable"].contains(run["output"]?["name"]?.string))
    }

    @Test("Closes its half and says nothing more")
    func halfCloses() async throws {
        let app = HostileApp { _, _ in .sendAndHalfClose("HTTP/1.1 200 OK\r\nx-inngest-sdk: t:v1\r\n") }
        let run = try await run(app)
        #expect(run["status"] == "Failed")
        #expect(["ConnectionClosed", "AppUnreachable"].contains(run["output"]?["name"]?.string))
    }

    @Test("Sends more than it announced: what was announced counts, and the next call is not confused by the rest")
    func sendsTooMuch() async throws {
        let app = HostileApp { _, number in
            number == 1
                ? .send(
                    HostileApp.answer(
                        "206 Partial Content", #"[{"op":"StepRun","id":"a","data":1}]garbage"#, length: 36))
                : .send(HostileApp.answer("200 OK", #""done""#))
        }
        let run = try await run(app)
        #expect(run["status"] == "Completed")
        #expect(run["output"] == "done")
    }

    @Test("Announces less than no bytes")
    func negativeLength() async throws {
        let run = try await run(HostileApp { _, _ in .send(HostileApp.answer("200 OK", "1", length: -1)) })
        #expect(run["status"] == "Failed")
    }

    @Test("Speaks something else than HTTP")
    func noHTTP() async throws {
        let run = try await run(HostileApp { _, _ in .sendAndClose("220 smtp ready\r\n") })
        #expect(run["status"] == "Failed")
        #expect(run["output"]?["name"] == "AppUnreachable")
    }

    @Test("Sends its answer byte by byte: slow is not wrong")
    func drips() async throws {
        let run = try await run(HostileApp { _, _ in .drip(HostileApp.answer("200 OK", #"{"slow":true}"#)) })
        #expect(run["output"] == ["slow": true])
    }

    @Test("Sends its answer for ever: the call ends all the same", .timeLimit(.minutes(10)))
    func dripsForEver() async throws {
        let app = HostileApp { _, _ in
            .dripForEver("HTTP/1.1 200 OK\r\nx-inngest-sdk: test:v1\r\ncontent-length: 1000000\r\n\r\n")
        }
        let limits = AnswerLimits(call: .milliseconds(200))
        let run = try await RunningOrchestrator.with(answerLimits: limits) { orchestrator in
            try await app.serve { url in
                // Alone, for the limit holds for every app.
                try await orchestrator.registerFunction("bad", url: url, event: "go", retries: 0)
                return try #require(try await runs(on: orchestrator).first)
            }
        }
        #expect(run["status"] == "Failed")
        #expect(run["output"]?["name"] == "CallTimedOut")
        #expect(run["output"]?["code"] == "request_duration_too_long")
    }

    @Test("Registers for ever: the sync ends all the same", .timeLimit(.minutes(10)))
    func registersForEver() async throws {
        try await RunningOrchestrator.with(answerLimits: AnswerLimits(sync: .milliseconds(200))) { orchestrator in
            let app = HostileApp { _, _ in
                .dripForEver("HTTP/1.1 200 OK\r\nx-inngest-sdk: test:v1\r\ncontent-length: 1000000\r\n\r\n")
            }
            try await app.serve { url in
                let answer = try await orchestrator.send("PUT", "/v1/apps", body: #"{"url":"\#(url)"}"#)
                #expect(answer.status == 409)
                #expect(answer.json["error"]?.string?.contains("did not answer in full within") == true)
            }
        }
    }

    @Test("Cuts a text in the middle of a character, as JavaScript and Python do: the step is done all the same")
    func cutText() async throws {
        let app = HostileApp { request, number in
            number == 1
                ? .send(
                    HostileApp.answer("206 Partial Content", #"[{"op":"StepRun","id":"a","data":"cut \ud83d"}]"#))
                : .send(HostileApp.answer("200 OK", request.contains("\"cut \u{FFFD}\"") ? #""\ude00""# : "0"))
        }
        #expect(try await run(app)["output"] == "\u{FFFD}")
    }

    @Test("Answers with 10 MB")
    func tenMegabytes() async throws {
        let big = "\"" + String(repeating: "x", count: 10 << 20) + "\""
        let app = HostileApp { _, _ in .sendAndClose(HostileApp.answer("200 OK", big)) }
        let run = try await run(app)
        #expect(run["status"] == "Failed")
        #expect(run["output"]?["name"] == "OutputTooLarge")
        #expect(run["output"]?["code"] == "output_too_large")
        #expect(app.requests.count == 2, "each attempt is one call")
    }

    @Test("Answers 206 with nothing for ever")
    func nothingForEver() async throws {
        try await expectFailure(
            HostileApp { _, _ in .send(HostileApp.answer("206 Partial Content", "[]")) }, "NoProgress", retries: 3)
    }

    @Test("Asks to be called again for ever")
    func discoversForEver() async throws {
        let body = #"[{"op":"DiscoveryRequest","id":"d"}]"#
        try await expectFailure(
            HostileApp { _, _ in .send(HostileApp.answer("206 Partial Content", body)) }, "NoProgress", retries: 3)
    }

    @Test("Finds a new step in every call for ever")
    func stepsForEver() async throws {
        let app = HostileApp { _, number in
            let ops = (0..<400).map { #"{"op":"StepRun","id":"\#(number)-\#($0)","data":1}"# }.joined(separator: ",")
            return .send(HostileApp.answer("206 Partial Content", "[\(ops)]"))
        }
        let run = try await run(app)
        #expect(run["status"] == "Failed")
        #expect(run["output"]?["name"] == "InngestErrFunctionOverflowed")
        #expect(app.requests.count == 3)
    }

    @Test("Reports more than a thousand steps at once")
    func tooManyAtOnce() async throws {
        let ops = (0...1000).map { #"{"op":"StepPlanned","id":"\#($0)"}"# }.joined(separator: ",")
        let app = HostileApp { _, _ in .send(HostileApp.answer("206 Partial Content", "[\(ops)]")) }
        let run = try await run(app)
        #expect(run["output"]?["name"] == "InngestErrFunctionOverflowed")
        #expect(app.requests.count == 1, "it would only report them again")
    }

    @Test(
        "Reports what no app may report",
        arguments: [
            #"[{"op":"Fly","id":"a"}]"#, #"[null]"#, #"[{"op":"StepRun"}]"#, #"[{"op":"StepFailed","id":"a"}]"#,
            #"[{"op":"StepRun","id":5}]"#, #"[{"op":"StepRun","id":"é"}]"#, #"[{"op":"StepRun","id":"a b"}]"#,
            #"[{"op":"StepRun","id":"a\u0000"}]"#, #"["StepRun"]"#, #"[{"id":"a"}]"#,
        ])
    func invalidOps(body: String) async throws {
        try await expectFailure(
            HostileApp { _, _ in .send(HostileApp.answer("206 Partial Content", body)) }, "InvalidResponse")
    }

    @Test("Is asked for one step and reports on another: the step in flight is not taken for done")
    func liesAboutIDs() async throws {
        let app = HostileApp { request, _ in
            if request.contains("stepId=aa") || request.contains("stepId=bb") {
                // Each call claims the other's step.
                let other = request.contains("stepId=aa") ? "bb" : "aa"
                return .send(
                    HostileApp.answer("206 Partial Content", #"[{"op":"StepRun","id":"\#(other)","data":"forged"}]"#))
            }
            return .send(
                HostileApp.answer(
                    "206 Partial Content", #"[{"op":"StepPlanned","id":"aa"},{"op":"StepPlanned","id":"bb"}]"#))
        }
        let run = try await run(app, retries: 0)
        #expect(run["status"] == "Failed")
        #expect(run["output"]?["name"] == "StepNotReported")
    }

    @Test("Reports the same step twice with different results: the first counts")
    func duplicates() async throws {
        let app = HostileApp { request, number in
            let ops = #"[{"op":"StepRun","id":"a","data":1},{"op":"StepRun","id":"a","data":2}]"#
            return number == 1
                ? .send(HostileApp.answer("206 Partial Content", ops))
                : .send(HostileApp.answer("200 OK", request.contains(#""a":{"data":1}"#) ? "true" : "false"))
        }
        #expect(try await run(app)["output"] == true)
    }
}

extension RunningOrchestrator {
    /// Registers an app with one function `f`, whose calls go to a URL.
    func registerFunction(
        _ app: String, url: String, event: String, retries: Int = 1, concurrency: Int? = nil
    ) async throws {
        let body = """
            {"appName":"\(app)","url":"\(url)","functions":[{"id":"\(app)-f","triggers":[{"event":"\(event)"}],
            "steps":{"step":{"runtime":{"type":"http","url":"\(url)?fnId=\(app)-f&stepId=step"},
            "retries":{"attempts":\(retries)}}},"concurrency":\(concurrency.map(String.init) ?? "null")}]}
            """
        let answer = try await send("POST", "/fn/register", body: body)
        guard answer.status == 200 else { throw UnexpectedAnswer(answer) }
    }
}
