import Engine
import Foundation
import JSON
import Testing
import Wire

@Suite("Keys and strangers")
struct KeyTests {
    @Test("While keys are changed, either is accepted")
    func keyRotation() async throws {
        let fallback = "signkey-test-aabbccdd"
        try await RunningOrchestrator.with(kind: .cloud, fallbackKey: fallback) { orchestrator in
            for key in [RunningOrchestrator.signingKeyText, fallback] {
                let bearer = "Bearer \(try SigningKey(key).hashed)"
                let answer = try await orchestrator.send("GET", "/v1/runs", headers: ["authorization": bearer])
                #expect(answer.status == 200)
            }
            let other = "Bearer \(try SigningKey("signkey-test-00ff").hashed)"
            #expect(try await orchestrator.send("GET", "/v1/runs", headers: ["authorization": other]).status == 401)
        }
    }

    @Test("Pages of this machine may read dev, those of others may only send events")
    func crossOrigin() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let local = try await orchestrator.send("GET", "/v1/runs", headers: ["origin": "http://localhost:3000"])
            #expect(local.headers["access-control-allow-origin"] == "http://localhost:3000")
            let preflight = try await orchestrator.send(
                "OPTIONS", "/v1/runs",
                headers: ["access-control-request-method": "DELETE", "origin": "http://localhost:3000"])
            #expect(preflight.status == 204)
            let foreign = try await orchestrator.send("GET", "/v1/runs", headers: ["origin": "https://evil.example"])
            #expect(foreign.status == 403)
            #expect(foreign.headers["access-control-allow-origin"] == nil)
            let event = try await orchestrator.send(
                "POST", "/e/k", body: #"{"name":"e"}"#, headers: ["origin": "https://shop.example"])
            #expect(event.headers["access-control-allow-origin"] == "*")
        }
    }

    @Test("SDKs that look for a dev server find one")
    func devServer() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let answer = try await orchestrator.send("GET", "/dev")
            #expect(answer.status == 200)
            #expect(answer.headers["x-inngest-server-kind"] == "dev")
            #expect(answer.json["version"]?.string?.isEmpty == false)
            #expect(answer.json["functions"]?.kind == .array && answer.json["handlers"]?.kind == .array)
            #expect(answer.json["startOpts"]?.kind == .object && answer.json["features"]?.kind == .object)
        }
    }

    @Test("A signature that was seen before opens nothing: only the key does")
    func replayedSignature() async throws {
        try await RunningOrchestrator.with(kind: .cloud) { orchestrator in
            let body = #"{"appName":"a","url":"http://127.0.0.1:1/api","functions":[]}"#
            let key = try SigningKey(RunningOrchestrator.signingKeyText)
            let old = key.sign(Array(body.utf8), at: Timestamp(milliseconds: 1_700_000_000_000))
            for authorization in ["", "Bearer \(old)", "Bearer "] {
                let answer = try await orchestrator.send(
                    "POST", "/fn/register", body: body,
                    headers: ["authorization": authorization, "x-inngest-signature": old])
                #expect(answer.status == 401)
            }
        }
    }
}
