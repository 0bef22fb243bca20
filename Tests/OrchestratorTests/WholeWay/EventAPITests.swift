import Engine
import Foundation
import JSON
import Testing
import Wire

@Suite("Events, signals and metadata over HTTP")
struct EventAPITests {
    @Test("Forms are events, too")
    func forms() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let form = try await orchestrator.send(
                "POST", "/e/k", body: "name=shop%2Fordered&tag=a&tag=b&note=two+words",
                headers: ["content-type": "application/x-www-form-urlencoded"])
            #expect(form.status == 200)
            let event = try await orchestrator.send("GET", "/v1/events/\(form.json["ids"]?[0]?.string ?? "")").data
            #expect(event["name"] == "shop/ordered")
            #expect(event["data"] == ["note": "two words", "tag": ["a", "b"]])

            let parts =
                "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X\r\n"
                + "Content-Disposition: form-data; name=\"name\"\r\n\r\nm\r\n--X--\r\n"
            let multipart = try await orchestrator.send(
                "POST", "/e/k", body: parts, headers: ["content-type": "multipart/form-data; boundary=X"])
            let second = try await orchestrator.send("GET", "/v1/events/\(multipart.json["ids"]?[0]?.string ?? "")")
                .data
            #expect(second["name"] == "m")
            #expect(second["data"] == ["a": "1"])

            let json = try await orchestrator.send(
                "POST", "/e/k", body: #"{"name":"j"}"#, headers: ["content-type": "application/x-www-form-urlencoded"])
            #expect(json.status == 200, "JSON is JSON, whatever it is called")
            let file = "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n1\r\n--X--\r\n"
            let refused = try await orchestrator.send(
                "POST", "/e/k", body: file, headers: ["content-type": "multipart/form-data; boundary=X"])
            #expect(refused.status == 400)
        }
    }

    @Test("Internal events are listed when asked for")
    func internalEvents() async throws {
        try await RunningOrchestrator.with { orchestrator in
            try await orchestrator.registerFunction("gone", url: "http://127.0.0.1:1/api", event: "go", retries: 0)
            _ = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
            try await orchestrator.advance()
            func names(_ query: String) async throws -> Set<String> {
                Set(
                    try await orchestrator.send("GET", "/v1/events\(query)").data.elements.compactMap {
                        $0["name"]?.string
                    })
            }
            #expect(try await names("") == ["go"])
            #expect(
                try await names("?internal=true") == ["go", "inngest/function.finished", "inngest/function.failed"])
        }
    }

    // MARK: Signals, metadata, skipping

    @Test("A signal that nobody waits for is 404; metadata is kept within bounds")
    func signalsAndMetadata() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let nobody = try await orchestrator.send("POST", "/v1/signals", body: #"{"signal":"s","data":1}"#)
            #expect(nobody.status == 404)
            #expect(try await orchestrator.send("POST", "/v1/signals", body: "{}").status == 400)

            try await orchestrator.registerFunction("gone", url: "http://127.0.0.1:1/api", event: "go", retries: 0)
            let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
            let run = try #require(try await orchestrator.runs(of: sent.json["ids"]?[0]?.string ?? "").first)
            let path = "/v1/runs/\(run["run_id"]?.string ?? "")/metadata"
            let entry = #"{"kind":"score","op":"merge","values":{"quality":0.9}}"#
            #expect(try await orchestrator.send("POST", path, body: #"{"metadata":[\#(entry)]}"#).status == 201)
            let big = String(repeating: "x", count: 70_000)
            let tooBig = #"{"metadata":[{"kind":"k","op":"set","values":{"x":"\#(big)"}}]}"#
            #expect(try await orchestrator.send("POST", path, body: tooBig).status == 413)
            #expect(try await orchestrator.send("POST", path, body: #"{"metadata":[5]}"#).status == 400)
            let history = try await orchestrator.timeline(run)["history"]
            #expect(history?.elements.contains { $0["kind"] == "score" || $0["values"] == ["quality": 0.9] } == true)
        }
    }
}
