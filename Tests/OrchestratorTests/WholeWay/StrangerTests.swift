import JSON
import Testing

@testable import Orchestrator

@Suite("Pages of others and dev")
struct StrangerTests {
    @Test("dev answers to names of this machine only, and not to pages of others")
    func refused() async throws {
        try await RunningOrchestrator.with { orchestrator in
            for host in [
                "evil.example", "evil.example:8288", "127.0.0.1.evil.example", "10.0.0.1", "localhost.evil.example",
            ] {
                let answer = try await orchestrator.send("GET", "/v1/runs", headers: ["host": host])
                #expect(answer.status == 403, "\(host)")
                #expect(answer.json["error"]?.string?.contains(host) == true)
            }
            for host in ["localhost:8288", "app.localhost", "127.0.0.1", "[::1]:8288", "host.docker.internal:8288"] {
                #expect(
                    try await orchestrator.send("GET", "/v1/runs", headers: ["host": host]).status == 200, "\(host)")
            }
            for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
                let headers = ["origin": origin, "content-type": "text/plain"]
                let clock = try await orchestrator.send("POST", "/v1/clock", body: #"{"pause":true}"#, headers: headers)
                #expect(clock.status == 403, "\(origin)")
                #expect(
                    try await orchestrator.send("POST", "/e/k", body: #"{"name":"a"}"#, headers: headers).status == 200)
            }
            let own = try await orchestrator.send("GET", "/v1/clock", headers: ["origin": "http://localhost:5173"])
            #expect(own.status == 200)
            #expect(own.data["paused"]?.bool == false)
        }
    }

    @Test("start answers to any name: it asks for keys")
    func cloud() async throws {
        try await RunningOrchestrator.with(kind: .cloud) { orchestrator in
            let answer = try await orchestrator.send("GET", "/v1/runs", headers: ["host": "durable.example"])
            #expect(answer.status == 200)
        }
    }
}
