import Engine
import Hummingbird
import JSON
import Testing

@testable import Orchestrator

@Suite("The clock, moved to what is next")
struct NextTimerTests {
    @Test("A retry is next, even while the attempt before it is under way")
    func retry() async throws {
        let router = Router()
        router.post("/x") { _, _ in Response(status: .internalServerError) }
        try await serving(router) { url in
            try await RunningOrchestrator.with(backoff: .fixed(.seconds(3600))) { orchestrator in
                let nothing = try await orchestrator.send("POST", "/v1/clock", body: #"{"to_next_timer":true}"#)
                #expect(nothing.status == 409)
                let registration = """
                    {"url":"\(url)/x","appName":"a","functions":[{"id":"a-f","triggers":[{"event":"go"}],
                    "steps":{"step":{"runtime":{"url":"\(url)/x"},"retries":{"attempts":1}}}}]}
                    """
                #expect(try await orchestrator.send("POST", "/fn/register", body: registration).status == 200)
                let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"go"}"#)
                let moved = try await orchestrator.send("POST", "/v1/clock", body: #"{"to_next_timer":true}"#)
                #expect(moved.status == 200)
                #expect(moved.data["fired"]?.int == 1)
                let run = try #require(try await orchestrator.runs(of: sent.json["ids"]?[0]?.string ?? "").first)
                #expect(run["status"]?.string == "Failed")
            }
        }
    }
}
