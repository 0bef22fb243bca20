import Engine
import Foundation
import JSON
import Testing
import Wire

@Suite("The API as SDKs and tools use it")
struct ProtocolAPITests {
    private func function(_ id: String, _ url: String = "http://127.0.0.1:1/api") -> String {
        """
        {"id":"\(id)","triggers":[{"event":"go"}],"steps":{"step":{"runtime":{"type":"http","url":"\(url)"},
        "retries":{"attempts":"0"}}}}
        """
    }

    // MARK: Registration

    @Test("Keys are read whatever their case, numbers may be texts, and the same again changes nothing")
    func quirks() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let body = """
                {"APPNAME":"Shop","Url":"http://127.0.0.1:1/api","SDK":"py:v0.5.18","v":"1",
                "Functions":[\(function("Shop-f"))]}
                """
            let first = try await orchestrator.send("POST", "/fn/register", body: body)
            #expect(first.status == 200)
            #expect(first.json["modified"] == true)
            #expect(first.json["ok"] == true)
            for key in ["app_id", "sync_id"] {
                #expect(UUID(uuidString: first.json[key]?.string ?? "") != nil, "\(key)")
            }
            #expect(try await orchestrator.send("POST", "/fn/register", body: body).json["modified"] == false)
            let functions = try await orchestrator.send("GET", "/v1/apps/Shop/functions").data
            #expect(functions[0]?["retries"] == 0)
        }
    }

    @Test("All that is wrong is said at once, with codes")
    func invalidFunctions() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let body = """
                {"appName":"a","url":"http://127.0.0.1:1/api","functions":[{"id":"one","steps":{}},
                {"id":"two","triggers":[{"cron":"never"}],"steps":{"s":{"runtime":{"url":"http://x"}}}}]}
                """
            let answer = try await orchestrator.send("POST", "/fn/register", body: body)
            #expect(answer.status == 400)
            #expect(answer.json["error"]?.string?.hasPrefix("At least one function is invalid") == true)
            #expect(answer.json["code"] == "config_invalid")
            #expect(answer.json["data"]?.elements.compactMap { $0["function"]?.string } == ["one", "two"])
            #expect(try await orchestrator.send("GET", "/v1/apps").data == [])
        }
    }

    @Test(
        "Versions of the JavaScript SDK with a known hole are refused",
        arguments: [
            ("js:v3.22.0", 400), ("js:v3.53.1", 400), ("js:v3.53.2", 200), ("js:v4.18.1", 200), ("js:v3.21.9", 200),
            ("go:v3.30.0", 200),
        ])
    func refusedSDK(sdk: String, status: Int) async throws {
        try await RunningOrchestrator.with { orchestrator in
            let body = #"{"appName":"a","url":"http://127.0.0.1:1/api","sdk":"\#(sdk)","functions":[]}"#
            let answer = try await orchestrator.send("POST", "/fn/register", body: body)
            #expect(answer.status == status)
        }
    }

    @Test("An app without functions says so; an app is removed by its URL")
    func emptyAndRemoved() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let empty = #"{"appName":"a","url":"http://127.0.0.1:1/api","functions":[]}"#
            _ = try await orchestrator.send("POST", "/fn/register", body: empty)
            let app = try await orchestrator.send("GET", "/v1/apps").data[0]
            #expect(app?["error_code"] == "no_functions")
            let path = "/fn/remove?url=http%3A%2F%2Flocalhost%3A1%2Fapi"
            #expect(try await orchestrator.send("DELETE", path).status == 200)
            #expect(try await orchestrator.send("GET", "/v1/apps").data == [])
            #expect(try await orchestrator.send("DELETE", path).status == 404)
        }
    }

    @Test("An app that expects another kind of server is told so")
    func kinds() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let body = #"{"appName":"a","url":"http://127.0.0.1:1/api","functions":[]}"#
            let answer = try await orchestrator.send(
                "POST", "/fn/register", body: body, headers: ["X-Inngest-Expected-Server-Kind": "cloud"])
            #expect(answer.status == 400)
            #expect(answer.headers["x-inngest-server-kind"] == "dev")
        }
    }

    // MARK: Events

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

    // MARK: Calls

    @Test("A call says of which run, step and attempt it is in its headers, too")
    func callHeaders() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = HostileApp { request, number in
                number == 1
                    ? .send(HostileApp.answer("206 Partial Content", #"[{"op":"StepPlanned","id":"aa"}]"#))
                    : .send(HostileApp.answer("200 OK", "1"))
            }
            try await app.serve { url in
                try await orchestrator.registerFunction("app", url: url, event: "go", retries: 0)
                _ = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
                try await orchestrator.advance()
                for (request, step) in zip(app.requests, ["step", "aa"]) {
                    let body = try JSON(parsing: String(request[#require(request.range(of: "\r\n\r\n")).upperBound...]))
                    let context = try #require(body["ctx"])
                    func header(_ name: String) -> String? {
                        request.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name + ": ") }
                            .map { String($0.dropFirst(name.count + 2)) }
                    }
                    #expect(header("x-run-id") == context["run_id"]?.string)
                    #expect(header("x-request-id") == context["request_id"]?.string)
                    #expect(header("x-inngest-job-id") == context["job_id"]?.string)
                    #expect(header("x-inngest-generation-id") == context["generation_id"]?.text)
                    #expect(header("x-inngest-step-id") == step)
                    #expect(context["step_id"]?.string == step)
                }
                #expect(app.requests.count == 2)
            }
        }
    }

    @Test(
        "Failures to reach an app's code have the protocol's codes",
        arguments: [
            ("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n", "http_not_ok"),
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "not_sdk"),
            (HostileApp.answer("401 Unauthorized", #"{"message":"Unauthorized"}"#), "sig_verification_failed"),
            (HostileApp.answer("500 Internal Server Error", #"{"name":"E","code":"mine"}"#), "mine"),
            ("", "http_unreachable"),
        ])
    func codes(answer: String, code: String) async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = HostileApp { _, _ in answer.isEmpty ? .close : .send(answer) }
            try await app.serve { url in
                let callURL = answer.isEmpty ? "http://127.0.0.1:1/api" : url
                try await orchestrator.registerFunction("app", url: callURL, event: "go", retries: 0)
                let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
                try await orchestrator.advance()
                let run = try await orchestrator.runs(of: sent.json["ids"]?[0]?.string ?? "").first
                #expect(run?["output"]?["code"]?.string == code, "\(run?.text ?? "")")
            }
        }
    }

    @Test("A function is invoked by its slug, and answers with a run; a run that has not begun is Queued")
    func invoke() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = HostileApp { request, _ in
                .send(HostileApp.answer("200 OK", request.contains(#""n":4"#) ? "8" : "0"))
            }
            try await app.serve { url in
                try await orchestrator.registerFunction("app", url: url, event: "go")
                let answer = try await orchestrator.send(
                    "POST", "/invoke/app-f", body: #"{"data":{"n":4},"user":{"external_id":"u"}}"#)
                #expect(answer.status == 200)
                #expect(answer.json["status"] == 200)
                try await orchestrator.advance()
                let run = try await orchestrator.runs(of: answer.json["id"]?.string ?? "").first
                #expect(run?["output"] == 8)
                #expect(run?["run_id"] == answer.json["run_id"])

                let ahead = Int64(Date().timeIntervalSince1970 * 1000) + 3_600_000
                let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go","ts":\#(ahead)}"#)
                let event = sent.json["ids"]?[0]?.string ?? ""
                #expect(try await orchestrator.runs(of: event).first?["status"] == "Queued")
                try await orchestrator.advance("61m")
                #expect(try await orchestrator.runs(of: event).first?["status"] == "Completed")
            }
        }
    }

    // MARK: Figures

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

    // MARK: REST v2

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

    // MARK: Keys and strangers

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
