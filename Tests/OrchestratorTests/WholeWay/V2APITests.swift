import Engine
import Foundation
import JSON
import Testing
import Wire

@Suite("REST v2, and figures")
struct V2APITests {
    @Test("Prometheus reads what happened")
    func metrics() async throws {
        try await RunningOrchestrator.with { orchestrator in
            try await orchestrator.registerFunction("gone", url: "http://127.0.0.1:1/api", event: "go", retries: 0)
            _ = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
            try await orchestrator.advance()
            for path in ["/metrics", "/v1/prom/dev"] {
                let text = try await orchestrator.text("GET", path)
                #expect(text.contains("inngest_function_run_ended_total{fn=\"gone-f\",status=\"Failed\"} 1\n"))
                #expect(text.contains("inngest_sdk_req_started_total 1\n"))
                #expect(text.contains("inngest_queue_depth 0\n"))
            }
        }
    }

    @Test("REST v2 lists, pages, invokes, cancels and reruns, under both prefixes", arguments: ["/v2", "/api/v2"])
    func v2(prefix: String) async throws {
        try await RunningOrchestrator.with { orchestrator in
            try await orchestrator.registerFunction("shop", url: "http://127.0.0.1:1/api", event: "go", retries: 0)
            #expect(try await orchestrator.send("GET", prefix + "/health").data["status"] == "ok")
            let sent = try await orchestrator.send("POST", prefix + "/events", body: #"[{"name":"go"},{"name":"go"}]"#)
            #expect(sent.status == 201)
            try await orchestrator.advance()
            let page = try await orchestrator.send("GET", prefix + "/runs?limit=1")
            #expect(page.json["page"]?["hasMore"] == true)
            let rest = try await orchestrator.send(
                "GET", prefix + "/runs?limit=1&cursor=\(page.json["page"]?["cursor"]?.string ?? "")")
            #expect(rest.json["page"]?["hasMore"] == false)
            let run = rest.data[0]?["id"]?.string ?? ""
            #expect(try await orchestrator.send("GET", prefix + "/runs/\(run)").data["status"] == "FAILED")
            let trace = try await orchestrator.send("GET", prefix + "/runs/\(run)/trace").data
            #expect(trace["rootSpan"]?["status"] == "FAILED")
            #expect(try await orchestrator.send("POST", prefix + "/runs/\(run)/rerun").data["runId"]?.string != nil)
            let cancel = try await orchestrator.send("POST", prefix + "/runs/\(run)/cancel")
            #expect(cancel.status == 409)
            #expect(cancel.json["errors"]?[0]?["code"] == "conflict")
            let event = sent.data["ids"]?[0]?.string ?? ""
            #expect(
                try await orchestrator.send("GET", prefix + "/events/\(event)/runs").data.elements.map { $0 }.count >= 1
            )
            #expect(try await orchestrator.send("GET", prefix + "/apps").data[0]?["id"] == "shop")
            let app = try await orchestrator.send("GET", prefix + "/apps/shop").data
            #expect(app["id"] == "shop" && app["functionCount"] == 1 && app["url"] == "http://127.0.0.1:1/api")
            let functions = try await orchestrator.send("GET", prefix + "/apps/shop/functions")
            #expect(functions.data.elements.map { $0["slug"] } == ["shop-f"])
            #expect(functions.data[0]?["triggers"] == [["event": "go"]])
            #expect(functions.json["page"]?["hasMore"] == false)
            let sync = try await orchestrator.send("POST", prefix + "/apps/shop/syncs")
            #expect(sync.status == 409, "nothing listens there")
            #expect(sync.json["errors"]?[0]?["message"]?.string?.contains("can't be reached") == true, "\(sync.json)")
            #expect(try await orchestrator.send("GET", prefix + "/apps/shop/functions/f").data["slug"] == "shop-f")
            #expect(try await orchestrator.send("GET", prefix + "/apps/shop/functions/f/runs").data[0] != nil)
            let invoked = try await orchestrator.send(
                "POST", prefix + "/apps/shop/functions/f/invoke", body: #"{"data":{}}"#)
            #expect(invoked.status == 201)
            let missing = try await orchestrator.send("GET", prefix + "/apps/none")
            #expect(missing.status == 404)
            #expect(missing.json["errors"]?[0]?["code"] == "not_found")
            #expect(try await orchestrator.send("GET", prefix + "/nothing").json["errors"]?[0]?["code"] == "not_found")
        }
    }

    @Test("With keys, v2 wants them, and shows none")
    func v2Keys() async throws {
        try await RunningOrchestrator.with(kind: .cloud) { orchestrator in
            let refused = try await orchestrator.send("GET", "/v2/runs", headers: ["authorization": "Bearer x"])
            #expect(refused.status == 401)
            #expect(refused.json["errors"]?[0]?["code"] == "authentication_failed")
            for path in ["/v2/keys/events", "/v2/keys/signing"] {
                let keys = try await orchestrator.send("GET", path)
                #expect(keys.data[0]?["fingerprint"]?.string != nil)
                #expect(!keys.json.text.contains(RunningOrchestrator.eventKey))
                #expect(!keys.json.text.contains(RunningOrchestrator.signingKeyText.dropFirst(13)))
            }
        }
    }

    @Test("What is shown of the signing keys is no key")
    func shownKeys() async throws {
        try await RunningOrchestrator.with(kind: .cloud, fallbackKey: "signkey-test-aabbccdd") { orchestrator in
            let keys = try await orchestrator.send("GET", "/v2/keys/signing").data
            #expect(keys.elements.compactMap { $0["name"]?.string } == ["current", "fallback"])
            for text in keys.elements.flatMap({ $0.members.compactMap(\.value.string) }) {
                let answer = try await orchestrator.send(
                    "GET", "/v1/runs", headers: ["authorization": "Bearer \(text)"])
                #expect(answer.status == 401, "\(text) opens the API")
            }
        }
    }
}
