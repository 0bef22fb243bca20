import Hummingbird
import JSON
import Testing

@testable import Orchestrator

@Suite("Bad input over HTTP")
struct BadInputTests {
    @Test("Each kind of bad request gets its status and an error that names the field")
    func requests() async throws {
        let id = "01KAR2J8W5T5V2M8QY9H3X4N7B"
        let cases: [(String, String, String?, Int, String)] = [
            ("POST", "/e/k", "{", 400, "invalid JSON"),
            ("POST", "/e/k", "", 400, "invalid JSON"),
            ("POST", "/e/k", #"{"name":"a","meta":{"sessions":5}}"#, 400, "meta.sessions"),
            ("POST", "/e/k", #"{"name":"a","meta":{"sessions":{"a":5}}}"#, 400, "meta.sessions"),
            (
                "POST", "/e/k",
                #"{"name":"a","meta":{"sessions":{"a":"1","b":"2","c":"3","d":"4","e":"5","f":"6"}}}"#, 400,
                "meta.sessions"
            ),
            (
                "POST", "/e/k", #"{"name":"a","meta":{"sessions":{"\#(String(repeating: "k", count: 129))":"1"}}}"#,
                400,
                "128"
            ),
            (
                "POST", "/e/k", #"{"name":"a","meta":{"sessions":{"k":"\#(String(repeating: "i", count: 513))"}}}"#,
                400,
                "512"
            ),
            ("POST", "/e/k", "7", 400, "an event is an object"),
            ("POST", "/e/k", #"{"data":{}}"#, 400, "name"),
            ("POST", "/e/k", #"{"name":"inngest/x"}"#, 400, "reserved"),
            ("POST", "/e/k", #"{"name":"INNGEST/x"}"#, 400, "reserved"),
            ("POST", "/e/k", #"{"name":"a","data":[]}"#, 400, "data"),
            ("POST", "/e/k", #"{"name":"a","ts":"now"}"#, 400, "ts"),
            ("POST", "/e/k", #"{"name":"a","ts":12}"#, 400, "ts"),
            ("POST", "/e/k", #"{"name":"a","id":7}"#, 400, "id"),
            ("POST", "/e/k", #"{"name":"a","name":"b"}"#, 400, "twice"),
            (
                "POST", "/e/k", "[" + Array(repeating: #"{"name":"a"}"#, count: 5001).joined(separator: ",") + "]", 400,
                "5000"
            ),
            ("POST", "/e/k", String(repeating: "[", count: 100_000), 400, "nested"),
            ("POST", "/fn/register", "{}", 400, "appName"),
            ("POST", "/fn/register", #"{"appName":"a","url":"ftp://x","functions":[]}"#, 400, "url"),
            ("POST", "/fn/register", #"{"appName":"a","url":"http://x","functions":{}}"#, 400, "functions"),
            ("POST", "/fn/register", registration(#""triggers":[{"cron":"every day"}]"#), 400, "triggers[0].cron"),
            ("POST", "/fn/register", registration(#""triggers":[{"cron":"61 * * * *"}]"#), 400, "triggers[0].cron"),
            (
                "POST", "/fn/register", registration(#""triggers":[{"event":"a","expression":"event.data.x =="}]"#),
                400, "triggers[0].expression"
            ),
            ("POST", "/fn/register", registration(#""triggers":[{"event":"a*b"}]"#), 400, "star"),
            ("POST", "/fn/register", registration(#""triggers":[],"retries":{"attempts":21}"#), 400, "retries"),
            ("GET", "/v1/runs/\(id)", nil, 404, "no run"),
            ("GET", "/v1/runs/nonsense", nil, 400, "ULID"),
            ("GET", "/v1/runs?status=lost", nil, 400, "status"),
            ("GET", "/v1/runs?limit=0", nil, 400, "limit"),
            ("GET", "/v1/events?received_after=yesterday", nil, 400, "received_after"),
            ("DELETE", "/v1/runs/\(id)", nil, 404, "no run"),
            ("POST", "/v1/runs/\(id)/rerun", nil, 404, "no run"),
            ("GET", "/v0/runs/\(id)/actions", nil, 404, "no run"),
            ("POST", "/invoke/nothing", "{}", 404, "nothing"),
            ("POST", "/v1/clock", #"{"advance":"soon"}"#, 400, "advance"),
            ("POST", "/v1/clock", #"{"advance_to":"1999-01-01T00:00:00Z"}"#, 400, "past"),
            ("POST", "/v1/clock", "{}", 400, "advance"),
            ("GET", "/nowhere", nil, 404, "nothing answers GET /nowhere"),
            ("PATCH", "/v1/runs", nil, 404, "nothing answers PATCH /v1/runs"),
            ("GET", "/v1/apps/my%20app%2F1/functions", nil, 404, "my app/1"),
        ]
        try await RunningOrchestrator.with { orchestrator in
            for (method, path, body, status, text) in cases {
                let answer = try await orchestrator.send(method, path, body: body)
                let place = Comment(rawValue: "\(method) \(path) \(body?.prefix(80) ?? "")")
                #expect(answer.status == status, place)
                #expect(answer.json["error"]?.string?.contains(text) == true, "\(place): \(answer.json)")
            }
            #expect(try await orchestrator.send("GET", "/health").status == 200)
        }
    }

    @Test("An event that is too large is refused, and so is a body that never ends")
    func sizes() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let large = #"{"name":"a","data":{"x":"\#(String(repeating: "x", count: 3 << 20))"}}"#
            let refused = try await orchestrator.send("POST", "/e/k", body: large)
            #expect(refused.status == 400)
            let blank = try await orchestrator.send("POST", "/e/k", bytes: Array(repeating: 0x20, count: 11 << 20))
            #expect(blank.status == 413)
        }
    }

    @Test("HEAD answers as GET does, without a body, and the connection goes on")
    func head() async throws {
        try await RunningOrchestrator.with { orchestrator in
            for (path, status) in [("/health", 200), ("/v1/runs", 200), ("/nowhere", 404)] {
                let answer = try await orchestrator.send("HEAD", path)
                #expect(answer.status == status)
                #expect(answer.json == .null)
                #expect(try await orchestrator.send("GET", "/health").status == 200)
            }
        }
    }

    @Test("Good events before a bad one of the same request are kept, and the answer says which")
    func partly() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let answer = try await orchestrator.send("POST", "/e/k", body: #"[{"name":"a"},{"name":""},{"name":"c"}]"#)
            #expect(answer.status == 400)
            #expect(answer.json["ids"]?.elements.map { $0 }.count == 1)
            #expect(Array(try await orchestrator.send("GET", "/v1/events").data.elements).count == 1)
        }
    }

    private func registration(_ settings: String) -> String {
        #"{"appName":"a","url":"http://localhost:1/x","functions":[{"id":"a-f","steps":{"step":{"runtime":{"url":"http://localhost:1/x"}}},"#
            + settings + "}]}"
    }
}
