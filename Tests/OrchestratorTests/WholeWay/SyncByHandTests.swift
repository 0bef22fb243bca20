import Engine
import JSON
import Testing
import Wire

@testable import Orchestrator

/// How apps come to be known, and where calls to them go.
@Suite("Registering from a PUT, and redirects of signed calls")
struct SyncByHandTests {
    /// An app that answers a PUT with what it serves, signed by what signs a body; and where that is registered, if so.
    private func register(
        fallbackKey: String? = nil, kind: ServerKind = .cloud,
        signature: @escaping @Sendable ([UInt8]) throws -> String?
    ) async throws -> (status: Int, app: JSON?) {
        try await RunningOrchestrator.with(kind: kind, fallbackKey: fallbackKey) { orchestrator in
            let app = HostileApp { request, _ in
                let body = """
                    {"app_id":"band","appVersion":"2","functions":[{"id":"band-f","triggers":[{"event":"go"}],"steps":{"step":
                    {"runtime":{"type":"http","url":"http://127.0.0.1:1/api"}}}}],"url":"http://127.0.0.1:1/api",
                    "sdk_language":"go","sdk_version":"v0.16.0","inspection":{}}
                    """
                let signed = (try? signature(Array(body.utf8))).flatMap { $0 }.map { "x-inngest-signature: \($0)\r\n" }
                return .send(
                    "HTTP/1.1 200 OK\r\nx-inngest-sdk: go:v0.16.0\r\nx-inngest-sync-kind: in_band\r\n\(signed ?? "")"
                        + "content-length: \(body.utf8.count)\r\n\r\n\(body)")
            }
            return try await app.serve { url in
                let answer = try await orchestrator.send("PUT", "/v1/apps", body: #"{"url":"\#(url)"}"#)
                #expect(kind == .dev || app.requests.first?.lowercased().contains("x-inngest-signature: t=") == true)
                return (answer.status, try await orchestrator.send("GET", "/v1/apps").data[0])
            }
        }
    }

    private static let fallback = "signkey-test-aabbccdd"

    @Test("An app that answers a signed PUT with what it serves is registered from that, if it signs the answer")
    func inBand() async throws {
        let (status, app) = try await register {
            try SigningKey(RunningOrchestrator.signingKeyText).sign($0, at: .wall)
        }
        #expect(status == 200)
        #expect(app?["name"] == "band")
        #expect(app?["sdk"] == "go:v0.16.0")
    }

    @Test("While keys are changed, either signs what an app serves")
    func inBandFallback() async throws {
        let (status, app) = try await register(fallbackKey: Self.fallback) {
            try SigningKey(Self.fallback).sign($0, at: .wall)
        }
        #expect(status == 200)
        #expect(app?["name"] == "band")
    }

    @Test("In dev nobody signs")
    func inBandDev() async throws {
        let (status, app) = try await register(kind: .dev) { _ in nil }
        #expect(status == 200)
        #expect(app?["name"] == "band")
    }

    @Test("REST v2 asks an app to sync")
    func v2() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = HostileApp { _, _ in
                let body = #"{"app_id":"band","functions":[],"url":"http://127.0.0.1:1/api"}"#
                return .send(
                    "HTTP/1.1 200 OK\r\nx-inngest-sdk: go:v0.16.0\r\nx-inngest-sync-kind: in_band\r\n"
                        + "content-length: \(body.utf8.count)\r\n\r\n\(body)")
            }
            try await app.serve { url in
                let answer = try await orchestrator.send(
                    "POST", "/v2/apps/band/syncs", body: #"{"url":"\#(url)"}"#)
                #expect(answer.status == 201)
                #expect(answer.data == ["appId": "band", "url": .string(url)])
                #expect(try await orchestrator.send("GET", "/v2/apps/band").data["id"] == "band")
            }
        }
    }

    @Test("What an app serves is not taken from who does not know the key")
    func inBandForged() async throws {
        for signature: @Sendable ([UInt8]) throws -> String? in [
            { _ in nil }, { try SigningKey(Self.fallback).sign($0, at: .wall) },
            { _ in try SigningKey(RunningOrchestrator.signingKeyText).sign([], at: .wall) },
            {
                try SigningKey(RunningOrchestrator.signingKeyText).sign(
                    $0, at: Timestamp(milliseconds: 1_700_000_000_000))
            },
        ] {
            let (status, app) = try await register(signature: signature)
            #expect(status == 409)
            #expect(app == nil, "a stranger's functions were registered")
        }
    }

    @Test("An app that passes on a refusal with HTTP 200, as the Python SDK does, is not taken for registered")
    func refusalPassedOn() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = HostileApp { _, _ in
                .send(HostileApp.answer("200 OK", #"{"error":"At least one function is invalid","status":400}"#))
            }
            try await app.serve { url in
                let answer = try await orchestrator.send("PUT", "/v1/apps", body: #"{"url":"\#(url)"}"#)
                #expect(answer.status == 409)
                #expect(answer.json["error"]?.string?.contains("At least one function is invalid") == true)
            }
        }
    }

    @Test("A signed call is not sent on to another host")
    func strangeRedirect() async throws {
        try await RunningOrchestrator.with(kind: .cloud) { orchestrator in
            let stranger = HostileApp { _, _ in .send(HostileApp.answer("200 OK", #""stolen""#)) }
            try await stranger.serve { target in
                let elsewhere = target.replacing("127.0.0.1", with: "localhost")
                let app = HostileApp { _, _ in
                    .send("HTTP/1.1 307 Temporary Redirect\r\nlocation: \(elsewhere)\r\ncontent-length: 0\r\n\r\n")
                }
                try await app.serve { url in
                    try await orchestrator.registerFunction("moved", url: url, event: "go", retries: 0)
                    let sent = try await orchestrator.send(
                        "POST", "/e/\(RunningOrchestrator.eventKey)", body: #"{"name":"go"}"#)
                    let event = sent.json["ids"]?[0]?.string ?? ""
                    try await orchestrator.untilRuns(of: event) { $0.first?["ended_at"]?.isNull == false }
                    let run = try await orchestrator.runs(of: event).first
                    #expect(run?["output"]?["name"] == "RedirectRefused")
                    #expect(stranger.requests.isEmpty)
                }
            }
        }
    }
}
