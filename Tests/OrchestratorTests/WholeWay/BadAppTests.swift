import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Testing

/// An app that answers every call in one way.
private struct BadApp {
    var status = HTTPResponse.Status.ok
    var body = "null"
    var isSDK = true

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.post("/api") { _, _ in
            var headers: HTTPFields = [.contentType: "application/json"]
            if isSDK, let name = HTTPField.Name("x-inngest-sdk") { headers[name] = "test:v1" }
            return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: body)))
        }
        router.post("/moved") { _, _ in
            Response(status: .temporaryRedirect, headers: [.location: "/api"])
        }
        return router
    }
}

@Suite("Apps that answer wrongly")
struct BadAppTests {
    private static let cases: [(BadApp, String)] = [
        (BadApp(status: .partialContent, body: "this is no JSON"), "InvalidResponse"),
        (BadApp(status: .partialContent, body: #"[{"op":"Fly","id":"a"}]"#), "Fly"),
        (BadApp(status: .partialContent, body: "[null]"), "InvalidResponse"),
        (BadApp(status: .partialContent, body: "[]"), "NoProgress"),
        (BadApp(status: .partialContent, body: #"[{"op":"Sleep","id":"a","name":"for ever"}]"#), "for ever"),
        (BadApp(status: .partialContent, body: #"[{"op":"Sleep","id":"a","name":"9999d"}]"#), "366 days"),
        (BadApp(status: .partialContent, body: #"[{"op":"WaitForEvent","id":"a","opts":{"timeout":"1h"}}]"#), "event"),
        (
            BadApp(
                status: .partialContent,
                body: #"[{"op":"WaitForEvent","id":"a","opts":{"event":"e","timeout":"1h","if":"(("}}]"#), "opts.if"
        ),
        (BadApp(status: .partialContent, body: #"[{"op":"WaitForSignal","id":"a"}]"#), "opts.signal"),
        (BadApp(status: .partialContent, body: #"[{"op":"DiscoveryRequest","id":"a"}]"#), "asked to be called again"),
        // The first is noted; the same again brings the run no further.
        (BadApp(status: .partialContent, body: #"[{"op":"DeferAdd","id":"a","opts":{}}]"#), "NoProgress"),
        (BadApp(status: .ok, body: "{"), "InvalidResponse"),
        (BadApp(status: .ok, body: "<html>hello</html>", isSDK: false), "NotAnApp"),
        (BadApp(status: .badGateway, body: "bad gateway", isSDK: false), "502"),
        (BadApp(status: .internalServerError, body: "out of cheese"), "out of cheese"),
        (BadApp(status: .created, body: "   "), "streamed"),
        (BadApp(status: .ok, body: String(repeating: "x", count: 9 << 20)), "OutputTooLarge"),
    ]

    @Test("The run fails and says what was wrong", arguments: cases.indices)
    func failing(_ index: Int) async throws {
        let (app, text) = Self.cases[index]
        let run = try await failedRun(app, path: "/api")
        #expect(run["status"] == "Failed")
        #expect(run["output"]?.text.contains(text) == true, "\(run["output"]?.text ?? "")")
    }

    @Test("An app that is gone fails the run with the address that was called")
    func gone() async throws {
        try await RunningOrchestrator.with { orchestrator in
            try await orchestrator.registerFunction(url: "http://127.0.0.1:1/api")
            let run = try await orchestrator.runOnce()
            #expect(run["status"] == "Failed")
            #expect(run["output"]?.text.contains("127.0.0.1:1/api") == true)
        }
    }

    @Test("A redirect is followed with the body")
    func redirected() async throws {
        let run = try await failedRun(BadApp(status: .ok, body: #""arrived""#), path: "/moved")
        #expect(run["status"] == "Completed")
        #expect(run["output"] == "arrived")
    }

    private func failedRun(_ app: BadApp, path: String) async throws -> JSON {
        try await RunningOrchestrator.with { orchestrator in
            try await serving(app.router()) { url in
                try await orchestrator.registerFunction(url: url + path)
                return try await orchestrator.runOnce()
            }
        }
    }
}

extension RunningOrchestrator {
    /// Registers a function with one retry, whose calls go to a URL.
    fileprivate func registerFunction(url: String) async throws {
        let body = """
            {"appName":"bad","url":"\(url)","functions":[{"id":"bad-f","triggers":[{"event":"go"}],"steps":{"step":
            {"runtime":{"type":"http","url":"\(url)?fnId=bad-f&stepId=step"},"retries":{"attempts":1}}}}]}
            """
        let answer = try await send("POST", "/fn/register", body: body)
        guard answer.status == 200 else { throw UnexpectedAnswer(answer) }
    }

    /// Sends the event and returns the run when it has gone as far as it goes.
    fileprivate func runOnce() async throws -> JSON {
        let sent = try await send("POST", "/e/k", body: #"{"name":"go"}"#)
        try await advance()
        return try await runs(of: sent.json["ids"]?[0]?.string ?? "").first ?? .null
    }
}
