import HTTPTypes
import JSON
import Testing
import Wire

@testable import AppSDK

@Suite("Sync and introspection")
struct SyncTests {
    private let accepting = StubTransport { _, _ in .init(200, ["ok": true, "modified": true]) }

    @Test("PUT registers the app with the API and says whether something changed") func registers() async throws {
        let endpoint = try Endpoint(mode: .dev, environment: [:], transport: accepting)
        let answer = await endpoint.send(.put, path: "/api/inngest?deployId=d1")
        #expect(answer.status == 200)
        #expect(answer.body == ["message": "Successfully registered", "modified": true])
        #expect(answer.headers[HeaderName.syncKind] == "out_of_band")
        let request = try #require(accepting.requests.first)
        #expect(request.method == "POST")
        #expect(request.url == "http://localhost:8288/fn/register?deployId=d1")
        #expect(request.headers[HeaderName.expectedServerKind] == "dev")
        #expect(request.headers[HeaderName.syncKind] == "out_of_band")
        let registration = try Registration(JSON(parsing: request.body))
        #expect(registration.appName == "app")
        #expect(registration.url == "http://app.test/api/inngest")
        let function = try FunctionConfig(#require(registration.functions.first))
        #expect(function.slug == "app-f")
        #expect(function.triggers == [.event(name: "test/started", expression: nil)])
        #expect(function.retries == 4)
        #expect(function.url == "http://app.test/api/inngest?fnId=app-f&stepId=step")
    }

    @Test("The key is sent hashed, and the fallback where the first is refused") func bearer() async throws {
        let transport = StubTransport { _, count in
            count == 1 ? .init(403, ["error": "no"]) : .init(200, ["ok": true])
        }
        let environment = [
            "INNGEST_SIGNING_KEY": key, "INNGEST_SIGNING_KEY_FALLBACK": otherKey, "INNGEST_SERVE_ORIGIN": "https://me",
        ]
        let answer = try await Endpoint(environment: environment, transport: transport).send(.put)
        #expect(answer.status == 200)
        #expect(
            transport.requests.map { $0.headers["authorization"] } == [
                "Bearer \(try SigningKey(key).hashed)", "Bearer \(try SigningKey(otherKey).hashed)",
            ])
    }

    @Test("What the orchestrator refuses is passed on") func refused() async throws {
        let transport = StubTransport { _, _ in .init(400, ["error": "config_invalid"]) }
        let answer = try await Endpoint(mode: .dev, environment: [:], transport: transport).send(.put)
        #expect(answer.status == 400)
        #expect(answer.body["modified"] == false)
        #expect(answer.body["message"]?.string?.contains("config_invalid") == true)
    }

    @Test("A signed in-band sync is answered with everything, and signed") func inBand() async throws {
        let body = #"{"url":"https://shop.example/api/inngest"}"#
        let answer = try await Endpoint(transport: accepting).send(
            .put, body, signature: Endpoint.sign(body), headers: [HeaderName.syncKind: "in_band"])
        #expect(answer.status == 200)
        #expect(answer.headers[HeaderName.syncKind] == "in_band")
        #expect(answer.headers[HeaderName.signature] != nil)
        #expect(answer.body["app_id"] == "app")
        #expect(answer.body["url"] == "https://shop.example/api/inngest")
        #expect(answer.body["functions"]?[0]?["id"] == "app-f")
        #expect(answer.body["inspection"]?["authentication_succeeded"] == true)
        #expect(accepting.requests.isEmpty)
    }

    @Test("In-band sync can be switched off") func inBandOff() async throws {
        let answer = try await Endpoint(
            environment: ["INNGEST_SIGNING_KEY": key, "INNGEST_ALLOW_IN_BAND_SYNC": "0"], transport: accepting
        )
        .send(.put, signature: Endpoint.sign(""), headers: [HeaderName.syncKind: "in_band"])
        #expect(answer.headers[HeaderName.syncKind] == "out_of_band")
        #expect(accepting.requests.count == 1)
    }

    @Test("A sync with a wrong signature is 401") func wrongSignature() async throws {
        let answer = try await Endpoint(transport: accepting).send(.put, signature: Endpoint.sign("x"))
        #expect(answer.status == 401)
        #expect(accepting.requests.isEmpty)
    }

    @Test("A stranger can't say where calls go") func strangersURL() async throws {
        let endpoint = try Endpoint(
            environment: ["INNGEST_SIGNING_KEY": key, "INNGEST_SERVE_ORIGIN": "https://me"], transport: accepting)
        _ = await endpoint.send(.put, #"{"url":"https://evil.example/x"}"#, path: "/api/inngest")
        let urls = try accepting.requests.map { try JSON(parsing: $0.body)["url"] }
        #expect(urls == ["https://me/api/inngest"])
    }

    @Test("In cloud mode, an unsigned sync of an app that does not know its own origin is refused") func forgedHost()
        async throws
    {
        let answer = try await Endpoint(transport: accepting).send(.put, headers: ["x-forwarded-host": "evil.example"])
        #expect(answer.status == 401)
        #expect(answer.body["message"]?.string?.contains("INNGEST_SERVE_ORIGIN") == true)
        #expect(accepting.requests.isEmpty)
    }

    @Test("A signed sync registers the URL that it names") func signedURL() async throws {
        let body = #"{"url":"https://shop.example/api/inngest"}"#
        _ = try await Endpoint(transport: accepting).send(.put, body, signature: Endpoint.sign(body))
        #expect(try JSON(parsing: accepting.requests[0].body)["url"] == "https://shop.example/api/inngest")
    }

    @Test("GET tells little without a signature and more with one; neither tells a key") func introspection()
        async throws
    {
        let endpoint = try Endpoint()
        let stranger = await endpoint.send(.get)
        #expect(stranger.status == 200)
        #expect(stranger.body["authentication_succeeded"] == .null)
        #expect(stranger.body["function_count"] == 1)
        #expect(stranger.body["has_signing_key"] == true)
        #expect(stranger.body["mode"] == "cloud")
        #expect(stranger.body["app_id"] == nil)
        let forged = await endpoint.send(.get, signature: "t=1&s=00")
        #expect(forged.body["authentication_succeeded"] == false)
        #expect(forged.body["app_id"] == nil)
        let known = await endpoint.send(.get, signature: try Endpoint.sign(""))
        #expect(known.body["authentication_succeeded"] == true)
        #expect(known.body["app_id"] == "app")
        #expect(known.body["signing_key_hash"]?.string?.hasPrefix("1425c614") == true)
        #expect(!known.body.text.contains("12345678abcdef00"))
    }

    @Test("Settings and triggers are registered") func settings() throws {
        let app = try App("shop", configuration: Configuration(mode: .dev, environment: [:])) {
            Function(
                "f", on: [.event(named: "a/*", if: "event.data.x > 1"), .cron("0 9 * * 1-5", jitter: .seconds(30))],
                .name("Nice"), .retries(2)
            ) { _ in }
            Function("only-invoked", accepting: JSONValue.self) { _ in 1 }
        }
        let functions = app.registration(url: "http://h/x").functions
        #expect(functions[0]["name"] == "Nice")
        #expect(functions[0]["steps"]?["step"]?["retries"] == ["attempts": 2])
        #expect(
            functions[0]["triggers"] == [
                ["event": "a/*", "expression": "event.data.x > 1"], ["cron": "0 9 * * 1-5", "jitter": "30s"],
            ])
        #expect(functions[1]["triggers"] == [])
    }

    @Test("Wrong settings are refused when the app is made", arguments: [-1, 21])
    func wrongRetries(count: Int) {
        #expect(throws: InvalidApp.self) {
            try App("shop", configuration: Configuration(mode: .dev, environment: [:])) {
                Function("f", on: .event(Started.self), .retries(count)) { _ in }
            }
        }
    }

    @Test("A failure handler is tried again 4 times, or as often as it says") func failureHandlers() throws {
        let app = try App("shop", configuration: Configuration(mode: .dev, environment: [:])) {
            Function("a", on: .event(Started.self), .retries(0)) { _ in }.onFailure { _ in }
            Function("b", on: .event(Started.self)) { _ in }.onFailure(retries: 1) { _ in }
        }
        let functions = app.registration(url: "http://h/x").functions
        #expect(functions.map { $0["id"] } == ["shop-a", "shop-a-failure", "shop-b", "shop-b-failure"])
        #expect(functions.map { $0["steps"]?["step"]?["retries"]?["attempts"] } == [0, 4, 4, 1])
    }

    @Test("A failure handler with impossible retries is refused when the app is made") func failureHandlerRetries() {
        #expect(throws: InvalidApp.self) {
            try App("shop", configuration: Configuration(mode: .dev, environment: [:])) {
                Function("a", on: .event(Started.self)) { _ in }.onFailure(retries: 21) { _ in }
            }
        }
    }
}
