import HTTPTypes
import Hummingbird
import JSON
import Testing
import Wire

@testable import Orchestrator

@Suite("Rules over HTTP")
struct RulesOverHTTPTests {
    /// An app whose functions return at once; a registration of one function with rules.
    private static func with(
        _ rules: String, _ body: @escaping @Sendable (RunningOrchestrator) async throws -> Void
    ) async throws {
        let router = Router()
        router.post("/api/inngest") { _, _ in
            var headers: HTTPFields = [.contentType: "application/json"]
            for (name, value) in [(HeaderName.sdk, "test:v1"), (HeaderName.requestVersion, "2")] {
                if let name = HTTPField.Name(name) { headers[name] = value }
            }
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: .init(string: "\"done\"")))
        }
        try await serving(router) { url in
            try await RunningOrchestrator.with { orchestrator in
                let registration = """
                    {"url":"\(url)/api/inngest","appName":"shop","sdk":"test:v1","functions":[{"id":"shop-f","name":"f",\
                    "triggers":[{"event":"e"}],"steps":{"step":{"runtime":{"type":"http",\
                    "url":"\(url)/api/inngest?fnId=shop-f&stepId=step"}}}\(rules.isEmpty ? "" : ",")\(rules)}]}
                    """
                let answer = try await orchestrator.send("POST", "/fn/register", body: registration)
                #expect(answer.status == 200, "\(answer.json)")
                try await orchestrator.pauseClock()
                try await body(orchestrator)
            }
        }
    }

    private static func sendEvent(_ orchestrator: RunningOrchestrator, _ data: String = "{}") async throws -> String {
        let answer = try await orchestrator.send("POST", "/e/k", body: #"{"name":"e","data":\#(data)}"#)
        return try #require(answer.json["ids"]?[0]?.string)
    }

    private static func reception(_ orchestrator: RunningOrchestrator, _ event: String) async throws -> JSON {
        let functions = try await orchestrator.send("GET", "/v1/events/\(event)").data["functions"]
        return try #require(functions?[0])
    }

    @Test("An event says which gate stopped it")
    func rateLimit() async throws {
        try await Self.with(#""rateLimit":{"limit":1,"period":"1h"}"#) { orchestrator in
            let first = try await Self.sendEvent(orchestrator)
            let second = try await Self.sendEvent(orchestrator)
            try await orchestrator.advance()
            let started = try await Self.reception(orchestrator, first)
            #expect(started["function"] == "shop-f")
            #expect(started["status"] == "Completed")
            #expect(started["gate"] == nil)
            let stopped = try await Self.reception(orchestrator, second)
            #expect(stopped["gate"] == "rate_limit")
            #expect(stopped["run_id"] == nil)
            #expect(stopped["state"]?["limit"] == 1)
            #expect(stopped["text"]?.string?.hasPrefix("rate limit") == true)
        }
    }

    @Test("A batched event says what it waits for, and then which run it is part of")
    func batch() async throws {
        try await Self.with(#""batchEvents":{"maxSize":3,"timeout":"30s"}"#) { orchestrator in
            var events: [String] = []
            for _ in 0..<2 { events.append(try await Self.sendEvent(orchestrator)) }
            let waiting = try await Self.reception(orchestrator, events[0])
            #expect(waiting["gate"] == "batch")
            #expect(waiting["run_id"] == nil)
            try await orchestrator.advance("30s")
            var runs: Set<String> = []
            for event in events {
                let reception = try await Self.reception(orchestrator, event)
                #expect(reception["status"] == "Completed")
                runs.insert(try #require(reception["run_id"]?.string))
                #expect(try await orchestrator.runs(of: event).count == 1)
            }
            #expect(runs.count == 1)
        }
    }

    @Test("An event that a later one displaced in a debounce names that one, and then its run")
    func displaced() async throws {
        try await Self.with(#""debounce":{"period":"10s"}"#) { orchestrator in
            let first = try await Self.sendEvent(orchestrator)
            let alone = try await Self.reception(orchestrator, first)
            #expect(alone["later_event"] == nil)
            #expect(alone["text"]?.string?.contains("unless a later event comes") == true)
            let second = try await Self.sendEvent(orchestrator)
            let took = "debounced: the later event \(second) took its place"
            let pending = try await Self.reception(orchestrator, first)
            #expect(pending["gate"] == "debounce")
            #expect(pending["later_event"] == .string(second))
            #expect(pending["run_id"] == nil)
            #expect(pending["text"]?.string == took)
            #expect(try await Self.reception(orchestrator, second)["later_event"] == nil)
            try await orchestrator.advance("10s")
            let run = try #require(try await orchestrator.runs(of: second).first?["run_id"]?.string)
            let ended = try await Self.reception(orchestrator, first)
            #expect(ended["gate"] == "debounce")
            #expect(ended["later_event"] == .string(second))
            #expect(ended["run_id"] == .string(run))
            #expect(ended["status"] == "Completed")
            #expect(ended["text"]?.string == "\(took) and started the run \(run)")
            let said = try await CommandTrial(["events", "why", first], url: orchestrator.url).output
            #expect(said.split { $0.isWhitespace }.joined(separator: " ").contains("\(took) and started"))
            #expect(try await Self.reception(orchestrator, second)["later_event"] == nil)
        }
    }

    @Test("A debounced event whose run a singleton skips says so, as does each that was debounced away")
    func debounceThenSingleton() async throws {
        let rules = #""debounce":{"period":"10s"},"singleton":{"mode":"skip","key":"event.data.shop"}"#
        try await Self.with(rules) { orchestrator in
            let now = try await orchestrator.send("GET", "/v1/clock").data["now"]?.string
            let later = try #require(now.flatMap(Timestamp.init(rfc3339:))) + .seconds(3600)
            let ahead = try await orchestrator.send(
                "POST", "/e/k", body: #"{"name":"e","data":{"shop":"a"},"ts":\#(later.milliseconds)}"#)
            try await orchestrator.advance("10s")
            let holder = try #require(try await orchestrator.runs(of: ahead.json["ids"]?[0]?.string ?? "").first)
            #expect(holder["status"] == "Queued")
            let events = [
                try await Self.sendEvent(orchestrator, #"{"shop":"a"}"#),
                try await Self.sendEvent(orchestrator, #"{"shop":"a"}"#),
            ]
            try await orchestrator.advance("10s")
            let skipped = try #require(try await orchestrator.runs(of: events[1]).first)
            #expect(skipped["status"] == "Skipped")
            for event in events {
                let reception = try await Self.reception(orchestrator, event)
                #expect(reception["gate"] == "singleton")
                #expect(reception["status"] == "Skipped")
                #expect(reception["run_id"] == skipped["run_id"])
                #expect(reception["state"]?["holder"] == holder["run_id"])
                let isFirst = event == events[0]
                #expect(reception["later_event"] == (isFirst ? .string(events[1]) : nil))
                #expect(
                    reception["text"]?.string
                        == "debounced\(isFirst ? ": the later event \(events[1]) took its place" : ""), then singleton for the key \"a\" of event.data.shop: "
                        + "the run \(holder["run_id"]?.string ?? "") was under way")
            }
        }
    }

    @Test("A function is paused, skips, and goes on; what was skipped is replayed")
    func pause() async throws {
        try await Self.with("") { orchestrator in
            let paused = try await orchestrator.send(
                "POST", "/v1/functions/shop-f/pause", body: #"{"cancel_after":"2d"}"#)
            #expect(paused.status == 200)
            #expect(paused.data["paused_at"]?.string != nil)
            let function = try await orchestrator.send("GET", "/v1/functions").data[0]
            #expect(function?["cancels_at"] == paused.data["cancels_at"])
            let event = try await Self.sendEvent(orchestrator)
            let skipped = try await Self.reception(orchestrator, event)
            #expect(skipped["gate"] == "paused")
            let runs = try await orchestrator.runs(of: event)
            #expect(runs.map { $0["status"] } == ["Skipped"])
            #expect(skipped["run_id"] == runs[0]["run_id"])
            #expect(try await orchestrator.send("POST", "/v1/functions/shop-f/resume").status == 200)
            #expect(try await orchestrator.send("POST", "/v1/functions/shop-f/resume").status == 409)
            let replay = try await orchestrator.send(
                "POST", "/v1/replays", body: #"{"function":"shop-f","statuses":["Skipped"]}"#)
            #expect(replay.status == 201)
            try await orchestrator.advance()
            let id = try #require(replay.data["id"]?.string)
            let job = try await orchestrator.send("GET", "/v1/replays/\(id)").data
            #expect(job["status"] == "Done")
            #expect(job["done"] == 1)
            let again = try #require(job["run_ids"]?[0]?.string)
            #expect(try await orchestrator.send("GET", "/v1/runs/\(again)").data["status"] == "Completed")
            #expect(try await orchestrator.send("GET", "/v1/cancellations/\(id)").status == 404)
        }
    }

    @Test("Runs are cancelled by their function, and the job can be read")
    func cancellation() async throws {
        try await Self.with("") { orchestrator in
            let later = try await orchestrator.send("GET", "/v1/clock").data["now"]?.string
            let time = try #require(later.flatMap(Timestamp.init(rfc3339:))) + .seconds(3600)
            _ = try await orchestrator.send("POST", "/e/k", body: #"{"name":"e","ts":\#(time.milliseconds)}"#)
            let answer = try await orchestrator.send("POST", "/v1/cancellations", body: #"{"function_id":"shop-f"}"#)
            #expect(answer.status == 201)
            try await orchestrator.advance()
            let runs = try await orchestrator.send("GET", "/v1/runs?status=Cancelled").data
            #expect(runs.elements.map { $0["function"] } == ["shop-f"])
            let list = try await orchestrator.send("GET", "/v1/cancellations").data
            #expect(list[0]?["done"] == 1)
            #expect(list[0]?["status"] == "Done")
            #expect(list[0]?["function"] == "shop-f")
            let id = list[0]?["id"]?.string ?? ""
            #expect(try await orchestrator.send("DELETE", "/v1/cancellations/\(id)").status == 409)
        }
    }

    @Test("All runs of a status are meant where that is said")
    func allRuns() async throws {
        try await Self.with("") { orchestrator in
            let later = try await orchestrator.send("GET", "/v1/clock").data["now"]?.string
            let time = try #require(later.flatMap(Timestamp.init(rfc3339:))) + .seconds(3600)
            _ = try await orchestrator.send("POST", "/e/k", body: #"{"name":"e","ts":\#(time.milliseconds)}"#)
            for (statuses, done) in [("Running", 0), ("Queued", 1)] {
                let answer = try await orchestrator.send(
                    "POST", "/v1/cancellations", body: #"{"all":true,"statuses":["\#(statuses)"]}"#)
                #expect(answer.status == 201)
                try await orchestrator.advance()
                let id = try #require(answer.data["id"]?.string)
                let job = try await orchestrator.send("GET", "/v1/cancellations/\(id)").data
                #expect(job["done"] == .int(done) && job["statuses"] == [.string(statuses)])
            }
        }
    }

    @Test(
        "A rule that makes no sense is refused with its field",
        arguments: [
            (#""rateLimit":{"limit":1,"period":"0s"}"#, "rateLimit.period"),
            (#""debounce":{"period":"0s"}"#, "debounce.period"),
            (#""throttle":{"limit":1,"period":"0s"}"#, "throttle.period"),
            (#""batchEvents":{"maxSize":1,"timeout":"5s"}"#, "batchEvents.maxSize"),
            (#""cancel":[{"event":"x","if":"size(async.data.a) == 1"}]"#, "cancel[0].if"),
            (#""singleton":{"key":"event.data.","mode":"skip"}"#, "singleton.key"),
        ])
    func refused(rules: String, field: String) async throws {
        try await RunningOrchestrator.with { orchestrator in
            let answer = try await orchestrator.send(
                "POST", "/fn/register",
                body: """
                    {"url":"http://x/api","appName":"shop","sdk":"test:v1","functions":[{"id":"shop-f","name":"f",\
                    "triggers":[{"event":"e"}],"steps":{"step":{"runtime":{"type":"http","url":"http://x/api"}}},\(rules)}]}
                    """)
            #expect(answer.status == 400)
            #expect(answer.json["error"]?.string?.contains(field) == true, "\(answer.json)")
        }
    }

    @Test(
        "Requests for jobs and pauses say what is wrong",
        arguments: [
            ("/v1/cancellations", "{}", 400), ("/v1/cancellations", #"{"function":"none"}"#, 404),
            ("/v1/cancellations", #"{"function":"shop-f","if":"event.data."}"#, 400),
            ("/v1/cancellations", #"{"run_ids":["x"]}"#, 400), ("/v1/cancellations", #"{"all":false}"#, 400),
            ("/v1/cancellations", #"{"all":true,"statuses":["Failed"]}"#, 400),
            ("/v1/cancellations", #"{"function":"shop-f","started_before":"soon"}"#, 400),
            ("/v1/replays", #"{"function":"shop-f","statuses":["Running"]}"#, 400),
            ("/v1/functions/none/pause", "", 404), ("/v1/functions/shop-f/pause", #"{"cancel_after":"soon"}"#, 400),
            ("/v1/functions/shop-f/pause", #"{"cancel_after":"9000d"}"#, 400),
        ])
    func badRequests(path: String, body: String, status: Int) async throws {
        try await Self.with("") { orchestrator in
            let answer = try await orchestrator.send("POST", path, body: body)
            #expect(answer.status == status, "\(answer.json)")
        }
    }
}
