import JSON
import Testing
import Wire

@Suite("What answers mean")
struct CallResponseTests {
    private func outcome(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> String {
        let all = [HeaderName.sdk: "swift:v0.1.0"].merging(headers) { $1 }
        return describe(CallResponse(status: status, headers: all, body: Array(body.utf8)).interpret())
    }

    private func describe(_ outcome: CallOutcome) -> String {
        switch outcome {
        case .ops(let ops, let retryAfter):
            "ops \(ops.map(\.code.rawValue).joined(separator: ","))\(retryAfter.map { " after \($0)" } ?? "")"
        case .returned(let json): "returned \(json)"
        case .failed(let error, let retriable, let retryAfter):
            "\(retriable ? "retriable" : "final") \(error.name)\(retryAfter == nil ? "" : " with Retry-After")"
        }
    }

    @Test(
        "By status and body",
        arguments: [
            (200, "7", "returned 7"), (200, "", "returned null"), (200, " \n", "returned null"),
            (200, "{", "retriable InvalidResponse"),
            (206, "[]", "ops "), (206, "null", "ops "), (206, "", "ops "),
            (206, #"[{"op":"StepRun","id":"a"}]"#, "ops StepRun"), (206, #"{"op":"Sleep","id":"a"}"#, "ops Sleep"),
            (206, "[null]", "retriable InvalidResponse"),
            (206, #"[{"op":"StepNotFound","id":"a"}]"#, "retriable InvalidResponse"),
            (206, #"[{"op":"StepError","id":"a"}]"#, "retriable InvalidResponse"),
            (206, #"[{"op":"StepError","id":"a","error":{"name":"E"}}]"#, "ops StepError"),
            (206, #"[{"op":"StepRun"}]"#, "retriable InvalidResponse"),
            (500, #"{"name":"TypeError","message":"m"}"#, "retriable TypeError"),
            (400, #"{"name":"TypeError"}"#, "retriable TypeError"), (503, "busy", "retriable Error"),
            (500, "", "retriable Error"), (404, #"{"error":{"name":"Inner"}}"#, "retriable Inner"),
            (500, #""{\"name\":\"Text\"}""#, "retriable Text"),
            (201, #"  {"status":206,"body":[{"op":"Sleep","id":"a"}],"headers":{}}"#, "ops Sleep"),
            (201, #"{"status":200,"body":"7"}"#, "returned 7"),
            (201, #"{"status":200,"body":"text"}"#, #"returned "text""#),
            (201, #"{"status":201,"body":1}"#, "retriable InvalidResponse"), (201, "  ", "retriable InvalidResponse"),
        ])
    func table(status: Int, body: String, expected: String) {
        #expect(outcome(status, body) == expected)
    }

    @Test("Only X-Inngest-No-Retry: true stops retries", arguments: ["true", "True", "false", "1"])
    func noRetry(value: String) {
        let stops = value.lowercased() == "true"
        #expect(outcome(400, "{}", [HeaderName.noRetry: value]) == (stops ? "final Error" : "retriable Error"))
    }

    @Test("Retry-After counts for errors and failed steps") func retryAfter() {
        #expect(outcome(500, "{}", [HeaderName.retryAfter: "5"]) == "retriable Error with Retry-After")
        #expect(outcome(206, "[]", [HeaderName.retryAfter: "5"]).contains("after"))
    }

    @Test("Without the SDK's header somebody else answered", arguments: [200, 206, 404, 502])
    func notAnApp(status: Int) {
        let response = CallResponse(status: status, headers: [:], body: Array("<html>".utf8))
        #expect(describe(response.interpret()) == "retriable NotAnApp")
    }

    @Test("More than 1000 ops fail the run") func tooManyOps() {
        let ops = Array(repeating: #"{"op":"Sleep","id":"a"}"#, count: 1001).joined(separator: ",")
        #expect(outcome(206, "[\(ops)]") == "final InngestErrFunctionOverflowed")
    }

    @Test("Headers of a streamed answer count") func streamedHeaders() {
        let body = #"{"status":400,"body":{"name":"E"},"headers":{"X-Inngest-No-Retry":"true"}}"#
        #expect(outcome(201, body) == "final E")
    }

    @Test("The version of a streamed answer is that of its envelope") func streamedVersion() {
        let body = #"  {"status":206,"body":"[]","headers":{"X-Inngest-Req-Version":"1"}}"#
        let headers = [HeaderName.sdk: "swift:v0.1.0", HeaderName.requestVersion: "2"]
        let response = CallResponse(status: 201, headers: headers, body: Array(body.utf8)).unwrapped()
        #expect(response.requestVersion == 1)
        #expect(response.status == 206)
    }

    @Test("An op is written as it was read, absent fields left out") func opRoundTrip() throws {
        let json = try JSON(
            parsing: #"{"op":"StepRun","id":"a","displayName":"d","data":{"x":null},"opts":{"type":"step.run"},"#
                + #""userland":{"id":"u","index":1},"timing":{"a":1,"b":2}}"#)
        #expect(try Op(json).json == json)
        #expect(Op(.sleep, id: StepID(hash: "a")).json == ["op": "Sleep", "id": "a"])
    }

    @Test("A null error of an op is none") func nullError() throws {
        #expect(try Op(["op": "StepRun", "id": "a", "error": .null]).error == nil)
        #expect(throws: InvalidOp.self) { try Op(["op": "StepFailed", "id": "a", "error": .null]) }
    }
}
