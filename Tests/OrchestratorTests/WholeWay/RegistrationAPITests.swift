import Engine
import Foundation
import JSON
import Testing
import Wire

@Suite("Registration as SDKs and tools use it")
struct RegistrationAPITests {
    private func function(_ id: String, _ url: String = "http://127.0.0.1:1/api") -> String {
        """
        {"id":"\(id)","triggers":[{"event":"go"}],"steps":{"step":{"runtime":{"type":"http","url":"\(url)"},
        "retries":{"attempts":"0"}}}}
        """
    }

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
}
