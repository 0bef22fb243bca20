import Engine
import HTTPTypes
import Hummingbird
import JSON
import Testing
import Wire

@testable import Orchestrator

/// What `runs why` and `events why` say, each of the real orchestrator.
@Suite("Why a run ended, and what came of an event", .timeLimit(.minutes(10)))
struct WhyTests {
    /// An app of one function. It answers by what the call carries.
    private static func with(
        _ rules: String, answer: @escaping @Sendable (String) -> (HTTPResponse.Status, String) = { _ in (.ok, "null") },
        _ body: @escaping @Sendable (RunningOrchestrator) async throws -> Void
    ) async throws {
        let router = Router()
        router.post("/x") { request, _ in
            let (status, text) = answer(String(buffer: try await request.body.collect(upTo: 1 << 20)))
            var headers: HTTPFields = [.contentType: "application/json"]
            for (name, value) in [(HeaderName.sdk, "test:v1"), (HeaderName.requestVersion, "2")] {
                if let name = HTTPField.Name(name) { headers[name] = value }
            }
            return Response(status: status, headers: headers, body: .init(byteBuffer: .init(string: text)))
        }
        try await serving(router) { url in
            try await RunningOrchestrator.with { orchestrator in
                let registration = """
                    {"url":"\(url)/x","appName":"shop","functions":[{"id":"shop-f","triggers":[{"event":"go"}],
                    "steps":{"step":{"retries":{"attempts":0},"runtime":{"url":"\(url)/x"}}}\
                    \(rules.isEmpty ? "" : ",")\(rules)}]}
                    """
                let registered = try await orchestrator.send("POST", "/fn/register", body: registration)
                #expect(registered.status == 200, "\(registered.json)")
                try await body(orchestrator)
            }
        }
    }

    private static func send(_ orchestrator: RunningOrchestrator, _ name: String = "go", data: String = "{}")
        async throws -> String
    {
        let sent = try await orchestrator.send("POST", "/e/k", body: #"{"name":"\#(name)","data":\#(data)}"#)
        return try #require(sent.json["ids"]?[0]?.string)
    }

    private static func run(_ orchestrator: RunningOrchestrator, of event: String) async throws -> String {
        try #require(try await orchestrator.runs(of: event).first?["run_id"]?.string)
    }

    /// What a command says, in one line.
    private static func say(_ orchestrator: RunningOrchestrator, _ arguments: String...) async throws -> String {
        let trial = try await CommandTrial(arguments, url: orchestrator.url)
        #expect(trial.status == 0, "\(trial.error)")
        return trial.output.split { $0.isWhitespace }.joined(separator: " ")
    }

    /// A step that sleeps for a day.
    private static let sleeps: @Sendable (String) -> (HTTPResponse.Status, String) = { _ in
        (.partialContent, #"[{"id":"s","op":"Sleep","name":"24h","displayName":"a day","opts":{"duration":"24h"}}]"#)
    }

    /// A step that fails, and a function that fails of it.
    private static let fails: @Sendable (String) -> (HTTPResponse.Status, String) = { call in
        let error = #"{"name":"CardDeclined","message":"no funds"}"#
        if call.contains("no funds") { return (.internalServerError, error) }
        return (.partialContent, #"[{"id":"c","op":"StepFailed","displayName":"charge","error":\#(error)}]"#)
    }

    @Test("Skipped by a singleton") func singleton() async throws {
        let rules = #""singleton":{"mode":"skip","key":"event.data.shop"}"#
        try await Self.with(rules, answer: Self.sleeps) { orchestrator in
            let holder = try await Self.run(orchestrator, of: try await Self.send(orchestrator, data: #"{"shop":"a"}"#))
            let event = try await Self.send(orchestrator, data: #"{"shop":"a"}"#)
            let skipped = try await Self.run(orchestrator, of: event)
            let reason = "singleton for the key \"a\" of event.data.shop: the run \(holder) was under way"
            let said = try await Self.say(orchestrator, "runs", "why", skipped)
            #expect(said.contains("it was skipped"))
            #expect(said.hasSuffix(reason), "\(said)")
            let events = try await Self.say(orchestrator, "events", "why", event)
            #expect(events == "shop-f singleton \(reason)", "\(events)")
            let ending = try await orchestrator.send("GET", "/v1/runs/\(skipped)/timeline").data["ending"]
            #expect(ending?["reason"] == "singleton")
            #expect(ending?["holder"] == .string(holder))
        }
    }

    @Test("Skipped by a pause") func pause() async throws {
        try await Self.with("") { orchestrator in
            _ = try await orchestrator.send("POST", "/v1/functions/shop-f/pause")
            let event = try await Self.send(orchestrator)
            let run = try await Self.run(orchestrator, of: event)
            let said = try await Self.say(orchestrator, "runs", "why", run)
            #expect(said.contains("it was skipped"), "\(said)")
            #expect(said.hasSuffix("the function was paused"), "\(said)")
            #expect(try await Self.say(orchestrator, "events", "why", event).contains("shop-f paused"))
        }
    }

    @Test(
        "Cancelled",
        arguments: [
            ("", "DELETE", "a request asked for it"), (#""cancel":[{"event":"stop"}]"#, "stop", "the event stop came"),
            (#""singleton":{"mode":"cancel"}"#, "go", "a newer run of the singleton took its place"),
            (#""timeouts":{"finish":"1h"}"#, "2h", "it had not ended within 1h"),
        ])
    func cancelled(rules: String, by: String, reason: String) async throws {
        try await Self.with(rules, answer: Self.sleeps) { orchestrator in
            let run = try await Self.run(orchestrator, of: try await Self.send(orchestrator))
            try await orchestrator.advance()
            var event: String?
            switch by {
            case "DELETE": #expect(try await orchestrator.send("DELETE", "/v1/runs/\(run)").status == 204)
            case "2h": try await orchestrator.advance("2h")
            default: event = try await Self.send(orchestrator, by)
            }
            let said = try await Self.say(orchestrator, "runs", "why", run)
            #expect(said.contains("it was cancelled"), "\(said)")
            #expect(said.contains(reason), "\(said)")
            if let event { #expect(said.contains(event), "the event is named: \(said)") }
            let shown = try await Self.say(orchestrator, "runs", "show", run)
            #expect(shown.contains(reason), "\(shown)")
        }
    }

    @Test("Cancelled with others names the job") func bulk() async throws {
        try await Self.with("", answer: Self.sleeps) { orchestrator in
            let run = try await Self.run(orchestrator, of: try await Self.send(orchestrator))
            let job = try await orchestrator.send("POST", "/v1/cancellations", body: #"{"function":"shop-f"}"#)
            try await orchestrator.advance()
            let said = try await Self.say(orchestrator, "runs", "why", run)
            #expect(said.contains("a job cancelled it with others"), "\(said)")
            #expect(said.contains(try #require(job.data["id"]?.string)), "\(said)")
        }
    }

    @Test("Failed names the step and the error") func failed() async throws {
        try await Self.with("", answer: Self.fails) { orchestrator in
            let event = try await Self.send(orchestrator)
            let run = try await Self.run(orchestrator, of: event)
            try await orchestrator.advance()
            let said = try await Self.say(orchestrator, "runs", "why", run)
            #expect(said.contains("it failed"), "\(said)")
            #expect(said.hasSuffix("CardDeclined: no funds (step charge)"), "\(said)")
            #expect(try await Self.say(orchestrator, "events", "why", event).contains("started the run \(run)"))
        }
    }

    @Test("An event that triggers nothing says so") func nothing() async throws {
        try await Self.with("") { orchestrator in
            let event = try await Self.send(orchestrator, "other")
            #expect(try await Self.say(orchestrator, "events", "why", event) == "no function is triggered by other")
            let json = try await CommandTrial(["events", "why", event, "--json"], url: orchestrator.url)
            #expect(try JSON(parsing: json.output) == [])
        }
    }

    @Test("A debounced event whose run was deleted promises no start", arguments: [Decision.Gate.debounce, .batch])
    func forgotten(gate: Decision.Gate) {
        let (id, time) = (ULID(1), Timestamp(milliseconds: 0))
        let decision = Decision(
            function: NameUUID(naming: "f"), gate: gate, batch: ULID(2), hash: "h",
            state: ["until": .string(time.description)])
        let event = Event(internalID: id, name: "go", data: [:], time: time)
        let outcome = EventOutcome(
            event: StoredEvent(event: event, receivedAt: time, decisions: [decision]), runs: [], collections: [:])
        let reception = EventReceptions.json(of: outcome, functions: FunctionNames([:]))[0]
        let how = gate == .batch ? "batched" : "debounced"
        #expect(reception?["text"] == .string("\(how): what came of it is no longer kept"))
        #expect(reception?["gate"] == .string(gate.rawValue))
        #expect(reception?["run_id"] == nil)
    }
}
