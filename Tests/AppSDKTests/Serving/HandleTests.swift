import HTTPTypes
import JSON
import Logging
import Testing
import Wire

@testable import AppSDK

let key = "signkey-test-12345678abcdef00"
let otherKey = "signkey-test-aabbccdd"
let now = Timestamp(milliseconds: 1_700_000_000_000)

/// An app with one function, and requests to it.
struct Endpoint {
    var app: App
    var path = "/api/inngest?fnId=app-f&stepId=step"

    init(
        mode: Configuration.Mode = .cloud, environment: [String: String] = ["INNGEST_SIGNING_KEY": key],
        transport: StubTransport? = nil, configure: (inout Configuration) -> Void = { _ in }
    ) throws {
        var configuration = Configuration(mode: mode, environment: environment)
        configuration.clock = { now }
        configuration.logger.logLevel = .critical
        if let transport { configuration.transport = transport }
        configure(&configuration)
        app = try App("app", configuration: configuration) {
            Function("f", on: .event(Started.self)) { context in context.event.data.value }
        }
    }

    func send(
        _ method: HTTPRequest.Method, _ body: String = "", path: String? = nil, signature: String? = nil,
        headers: [String: String] = [:]
    ) async -> (status: Int, headers: HTTPFields, body: JSON) {
        var request = HTTPRequest(method: method, scheme: "http", authority: "app.test", path: path ?? self.path)
        var headers = headers
        headers[HeaderName.signature] = signature
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { request.headerFields[name] = value }
        }
        let (response, answer) = await app.handle(request, body: Array(body.utf8))
        return (response.status.code, response.headerFields, (try? JSON(parsing: answer)) ?? .null)
    }

    static func sign(_ body: String, with text: String = key, at time: Timestamp = now) throws -> String {
        try SigningKey(text).sign(body.utf8, at: time)
    }
}

extension HTTPFields {
    subscript(header: String) -> String? { HTTPField.Name(header).flatMap { self[$0] } }
}

let callBody = """
    {"ctx":{"run_id":"01HF7YAT00E1GNW5DVS1MP5ZFZ","attempt":0,"max_attempts":4,"stack":{"stack":[],"current":0}},\
    "event":{"name":"test/started","data":{"value":3},"ts":1},"events":[{"name":"test/started","data":{"value":3}}],\
    "steps":{},"use_api":false}
    """

@Suite("Serving calls")
struct HandleTests {
    @Test("A signed call is answered, and the answer is signed") func signed() async throws {
        let answer = try await Endpoint().send(.post, callBody, signature: Endpoint.sign(callBody))
        #expect(answer.status == 200)
        #expect(answer.body == 3)
        #expect(answer.headers[HeaderName.sdk] == "swift:v0.1.0")
        #expect(answer.headers["content-type"] == "application/json")
        let signature = try #require(answer.headers[HeaderName.signature])
        #expect(try SigningKey(key).verify(signature, of: "3".utf8, at: now))
    }

    @Test(
        "In dev mode a server of another kind is warned of, once",
        arguments: [("cloud", Configuration.Mode.dev, 1), ("dev", .dev, 0), ("cloud", .cloud, 0)])
    func serverKind(kind: String, mode: Configuration.Mode, warnings: Int) async throws {
        let recorder = Recorder()
        let endpoint = try Endpoint(mode: mode) {
            $0.logger = Logger(label: "test", factory: { _ in SyncFailureLogTests.Handler(recorder: recorder) })
        }
        for _ in 0..<3 {
            let signature = try Endpoint.sign(callBody)
            _ = await endpoint.send(.post, callBody, signature: signature, headers: [HeaderName.serverKind: kind])
        }
        #expect(recorder.all.count { $0.contains("in dev mode") } == warnings)
    }

    @Test("A call signed under the fallback key is answered") func fallback() async throws {
        let environment = ["INNGEST_SIGNING_KEY": otherKey, "INNGEST_SIGNING_KEY_FALLBACK": key]
        let answer = try await Endpoint(environment: environment)
            .send(.post, callBody, signature: Endpoint.sign(callBody))
        #expect(answer.status == 200)
    }

    @Test("A signature over the canonical form is accepted for a body that is not canonical") func canonical()
        async throws
    {
        let canonical = try JSON(parsing: callBody).text
        #expect(canonical != callBody)
        let answer = try await Endpoint().send(.post, callBody, signature: Endpoint.sign(canonical))
        #expect(answer.status == 200)
    }

    @Test(
        "Bad signatures are 401 and run nothing",
        arguments: [
            nil, "", "t=1&s=00", "nonsense", try? Endpoint.sign(callBody, with: otherKey),
            try? Endpoint.sign(callBody + " "), try? Endpoint.sign(callBody, at: now + .seconds(-301)),
            try? Endpoint.sign(callBody, at: now + .seconds(301)),
        ] as [String?])
    func unauthorized(signature: String?) async throws {
        let answer = try await Endpoint().send(.post, callBody, signature: signature)
        #expect(answer.status == 401)
        #expect(answer.body["message"] == "Unauthorized")
    }

    @Test("In dev mode no signature is asked for, and none is made") func dev() async throws {
        let answer = try await Endpoint(mode: .dev, environment: [:]).send(.post, callBody)
        #expect(answer.status == 200)
        #expect(answer.headers[HeaderName.signature] == nil)
    }

    @Test("In cloud mode without a key, calls are 500 and say what to set") func noKey() async throws {
        let answer = try await Endpoint(environment: [:]).send(.post, callBody)
        #expect(answer.status == 500)
        #expect(answer.body["message"]?.string?.contains("INNGEST_SIGNING_KEY") == true)
    }

    @Test(
        "Bodies that are no call are 400, and may be sent again",
        arguments: [
            "", "{", "[]", "{}", #"{"ctx":{"run_id":"x"}}"#, #"{"ctx":{"run_id":"01HF7YAT00E1GNW5DVS1MP5ZFZ"}}"#,
        ])
    func badBody(body: String) async throws {
        let answer = try await Endpoint(mode: .dev, environment: [:]).send(.post, body)
        #expect(answer.status == 400)
        #expect(answer.headers[HeaderName.noRetry] == "false")
    }

    @Test("An unknown function is 404 and the answer lists those there are") func unknown() async throws {
        let answer = try await Endpoint(mode: .dev, environment: [:])
            .send(.post, callBody, path: "/api/inngest?fnId=app-gone&stepId=step")
        #expect(answer.status == 404)
        #expect(answer.body["message"]?.string?.contains("'app-gone'; it has: app-f") == true)
    }

    @Test("A call without fnId is 400") func noFunction() async throws {
        #expect(try await Endpoint(mode: .dev, environment: [:]).send(.post, callBody, path: "/x").status == 400)
    }

    @Test("A body beyond the limit is 413") func tooLarge() async throws {
        let endpoint = try Endpoint(mode: .dev, environment: [:]) { $0.bodyLimit = 10 }
        #expect(await endpoint.send(.post, callBody).status == 413)
    }

    @Test("Other methods are 405", arguments: [HTTPRequest.Method.delete, .patch, .head, .options, .trace])
    func methods(method: HTTPRequest.Method) async throws {
        let answer = try await Endpoint(mode: .dev, environment: [:]).send(method)
        #expect(answer.status == 405)
        #expect(answer.headers["allow"] == "GET, PUT, POST")
    }

    @Test("A trust probe is answered and signed, if it is signed") func trustProbe() async throws {
        let path = "/api/inngest?probe=trust"
        let trusted = try await Endpoint().send(.post, path: path, signature: Endpoint.sign(""))
        #expect(trusted.status == 200)
        #expect(trusted.headers[HeaderName.signature] != nil)
        #expect(try await Endpoint().send(.post, path: path).status == 401)
    }

    @Test("The step of the URL is the one that is run") func stepOfURL() async throws {
        let answer = try await Endpoint(mode: .dev, environment: [:])
            .send(.post, callBody, path: "/api/inngest?fnId=app-f&stepId=abc")
        #expect(answer.status == 500)
        #expect(answer.body["requestedStep"] == "abc")
    }

    @Test("State that is too big for a call is loaded from the API, under the fallback key if need be")
    func loadsState()
        async throws
    {
        let transport = StubTransport { request, _ in
            guard request.headers["authorization"] == "Bearer \(try SigningKey(otherKey).hashed)" else {
                return .init(401, [:])
            }
            if request.url.hasSuffix("/batch") { return .init(200, [["name": "test/started", "data": ["value": 8]]]) }
            return .init(200, [:])
        }
        let environment = [
            "INNGEST_SIGNING_KEY": key, "INNGEST_SIGNING_KEY_FALLBACK": otherKey, "INNGEST_API_BASE_URL": "http://api",
        ]
        let body = #"{"ctx":{"run_id":"01HF7YAT00E1GNW5DVS1MP5ZFZ"},"use_api":true,"events":[],"steps":{}}"#
        let answer = try await Endpoint(environment: environment, transport: transport)
            .send(.post, body, signature: Endpoint.sign(body))
        #expect(answer.body == 8)
        #expect(
            Set(transport.requests.map(\.url)) == [
                "http://api/v0/runs/01HF7YAT00E1GNW5DVS1MP5ZFZ/batch",
                "http://api/v0/runs/01HF7YAT00E1GNW5DVS1MP5ZFZ/actions",
            ])
    }

    @Test("State that can't be loaded is 500") func stateGone() async throws {
        let transport = StubTransport { _, _ in .init(410, ["error": "gone"]) }
        let body = #"{"ctx":{"run_id":"01HF7YAT00E1GNW5DVS1MP5ZFZ"},"use_api":true}"#
        let answer = try await Endpoint(mode: .dev, environment: [:], transport: transport).send(.post, body)
        #expect(answer.status == 500)
        #expect(answer.body["message"]?.string?.contains("410") == true)
    }
}
