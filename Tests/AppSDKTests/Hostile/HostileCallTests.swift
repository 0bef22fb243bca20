import AppSDKHummingbird
import Foundation
import Hummingbird
import HummingbirdTesting
import JSON
import NIOCore
import Testing
import Wire

@testable import AppSDK

/// Who calls the app is hostile: each call is refused as documented, and a good one after it is answered.
@Suite("Hostile calls over real HTTP", .timeLimit(.minutes(10)))
struct HostileCallTests {
    private let path = "/api/inngest?fnId=app-f&stepId=step"

    /// Serves an app in cloud mode, hands out its port, and in the end makes a good call.
    private func withApp(_ body: @escaping @Sendable (_ port: Int) async throws -> Void) async throws {
        let app = try Self.app()
        let router = Router()
        router.durable(app)
        let server = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await server.test(.live) { client in
            let port = try #require(client.port)
            try await body(port)
            let good = try await post(Self.call(), to: port)
            #expect(good.status == 206)
            #expect(good.body.contains("\"StepRun\""))
        }
    }

    private static func app() throws -> App {
        var configuration = Configuration(environment: ["INNGEST_SIGNING_KEY": key])
        configuration.clock = { now }
        configuration.targetPatience = .milliseconds(50)
        configuration.logger.logLevel = .critical
        configuration.bodyLimit = 1 << 20
        return try App("app", configuration: configuration) {
            Function("f", on: .event(Started.self)) { context in
                let number = try await context.step.run("number") { 1 }
                let text = try await context.step.run("text") { "x" }
                return "\(number)\(text)"
            }
        }
    }

    /// A call with some members of `ctx` and of the whole replaced.
    private static func call(
        context: [String: JSON] = [:], steps: JSON = .emptyObject, whole: [String: JSON] = [:]
    ) -> String {
        let known: JSON = [
            "attempt": 0, "max_attempts": 4, "run_id": "01HF7YAT00E1GNW5DVS1MP5ZFZ",
            "stack": ["stack": [], "current": 0],
        ]
        let event: JSON = ["name": "test/started", "data": ["value": 3], "ts": 1]
        let call: JSON = [
            "ctx": known.merging(context.mapValues(Optional.some)), "event": event, "events": [event], "steps": steps,
            "use_api": false,
        ]
        return call.merging(whole.mapValues(Optional.some)).text
    }

    private func post(
        _ body: String, to port: Int, signature: String?? = .none, path: String? = nil
    ) async throws -> (status: Int, body: String) {
        let signature = try signature ?? Endpoint.sign(body)
        let header = signature.map { "x-inngest-signature: \($0)\r\n" } ?? ""
        let answer = try await RawClient.send(
            "POST \(path ?? self.path) HTTP/1.1\r\nhost: app\r\nconnection: close\r\n\(header)"
                + "content-length: \(body.utf8.count)\r\n\r\n\(body)", to: port)
        return (Self.status(answer), answer)
    }

    private static func status(_ answer: String) -> Int {
        Int(answer.split(separator: " ").dropFirst().first ?? "") ?? 0
    }

    @Test("Calls without a signature, with a wrong one, one of another body, and old or future ones are 401")
    func signatures() async throws {
        try await withApp { port in
            let body = Self.call()
            let signatures: [String?] = [
                nil, "", "t=1&s=00", "s=ab&t=1", try Endpoint.sign(body, with: otherKey), try Endpoint.sign(body + " "),
                try Endpoint.sign(body, at: now + .seconds(-301)), try Endpoint.sign(body, at: now + .seconds(301)),
                "t=99999999999999999999&s=" + String(repeating: "0", count: 64), String(repeating: "t=1&", count: 1000),
            ]
            for signature in signatures {
                let answer = try await post(body, to: port, signature: .some(signature))
                #expect(answer.status == 401, "\(signature?.prefix(60) ?? "none")")
            }
        }
    }

    @Test(
        "Bodies that are no calls are 400, and say what is wrong",
        arguments: [
            "", "null", "[]", "{}", "{\"ctx\":", "\u{0}", #"{"ctx":[]}"#, #"{"ctx":{"run_id":7}}"#,
            #"{"ctx":{"run_id":"01HF7YAT00E1GNW5DVS1MP5ZFZ"},"event":null,"events":7}"#,
            String(repeating: "[", count: 50_000), #"{"ctx":{"run_id":"01HF7YAT00E1GNW5DVS1MP5ZFZ"}}"#,
        ])
    func noCalls(body: String) async throws {
        try await withApp { port in
            let answer = try await post(body, to: port)
            #expect(answer.status == 400)
            #expect(answer.body.contains("\"message\""))
        }
    }

    @Test(
        "Fields of wrong types are read as if they were missing",
        arguments: [
            ["attempt": "many"], ["attempt": -3], ["max_attempts": []], ["stack": 7], ["stack": ["stack": [1, .null]]],
            ["stack": ["stack": ["nobody", "ran", "these"]]], ["disable_immediate_execution": "yes"], ["qi_id": 7],
            ["generation_id": "x"],
        ] as [[String: JSON?]])
    func wrongTypes(context: [String: JSON?]) async throws {
        try await withApp { port in
            let answer = try await post(Self.call(context: context.mapValues { $0 ?? .null }), to: port)
            #expect(answer.status == 206)
        }
    }

    @Test("A memo of the wrong type fails the run and names the step; unknown shapes are taken as values")
    func memos() async throws {
        let (number, text) = (StepID("number").hash, StepID("text").hash)
        try await withApp { port in
            for memo in ["seven", ["a": 1], [], true, .null] as [JSON] {
                let answer = try await post(Self.call(steps: [number: ["data": memo]]), to: port)
                #expect(answer.status == 400, "\(memo)")
                #expect(answer.body.contains("'number'"))
                #expect(answer.body.lowercased().contains("x-inngest-no-retry: true"))
            }
            for memo in [["data": 1, "more": 2], ["x": 1], "raw", 1.5] as [JSON] {
                #expect(try await post(Self.call(steps: [number: memo]), to: port).status == 400, "\(memo)")
            }
            #expect(try await post(Self.call(steps: [number: ["error": 7]]), to: port).status == 400)
            let raw = try await post(Self.call(steps: [number: 1, text: ["data": "y"]]), to: port)
            #expect(raw.status == 200)
            #expect(raw.body.hasSuffix("\"1y\""))
        }
    }

    @Test("Memos of steps that no code has are passed over, however many") func strangeMemos() async throws {
        try await withApp { port in
            let steps = JSON.object((0..<5000).map { (StepID("ghost-\($0)").hash, ["data": .int($0)]) })
            let answer = try await post(Self.call(steps: steps), to: port)
            #expect(answer.status == 206)
            #expect(answer.body.contains("\"number\""))
        }
    }

    @Test("A step that no code has is not found, in bounded time") func strangeTarget() async throws {
        try await withApp { port in
            let body = Self.call()
            for target in ["gone", String(repeating: "a", count: 5000), "%00", "../../etc"] {
                let path = "/api/inngest?fnId=app-f&stepId=\(target)"
                let answer = try await post(body, to: port, path: path)
                #expect(answer.status == 500)
            }
            let unknown = try await post(body, to: port, path: "/api/inngest?fnId=app-gone")
            #expect(unknown.status == 404)
            let unnamed = try await post(body, to: port, path: "/api/inngest")
            #expect(unnamed.status == 400)
        }
    }

    @Test("Requests that are cut off, half-closed, slow or of a wrong length harm no one else") func broken()
        async throws
    {
        try await withApp { port in
            let head = "POST \(path) HTTP/1.1\r\nhost: app\r\n"
            var open: [any Channel] = []
            for text in [
                "P", head, head + "content-length: 100\r\n\r\n{", head + "transfer-encoding: chunked\r\n\r\n5\r\n{",
            ] {
                _ = try await RawClient.send(text, to: port, hangsUp: true)
                open.append(try await RawClient.leaveOpen(text, to: port))
            }
            for text in [
                head + "content-length: -1\r\n\r\n", head + "content-length: 1\r\ncontent-length: 2\r\n\r\n{}",
                head + "transfer-encoding: chunked\r\n\r\nzz\r\n", "GARBAGE\r\n\r\n", "\u{16}\u{3}\u{1}",
            ] {
                let answer = try await RawClient.send(text, to: port, hangsUp: true)
                #expect(answer.isEmpty || Self.status(answer) >= 400)
            }
            #expect(try await post(Self.call(), to: port).status == 206)
            for channel in open { try? await channel.close() }
        }
    }

    @Test("Bodies beyond the limit are 413, are not read to their end, and leave nothing behind") func large()
        async throws
    {
        try await withApp { port in
            let before = try residentMegabytes()
            let body = String(repeating: " ", count: 10_000_000)
            for _ in 0..<20 {
                // The server may hang up before all is written.
                let answer = try? await post(body, to: port, signature: .some(nil))
                if let answer, answer.status != 0 { #expect(answer.status == 413) }
            }
            #expect(try residentMegabytes() - before < 150)
        }
    }

    private func residentMegabytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.filter(\.isNumber))) / 1024
    }

    @Test("Methods and paths that are none of the endpoint's are refused") func methods() async throws {
        try await withApp { port in
            for method in ["DELETE", "PATCH", "OPTIONS"] {
                let answer = try await RawClient.send(
                    "\(method) /api/inngest HTTP/1.1\r\nhost: app\r\nconnection: close\r\n\r\n", to: port)
                #expect(Self.status(answer) == 405)
            }
        }
    }
}
