import HTTPTypes
import JSON
import Synchronization
import Testing
import Wire

@testable import AppSDK

/// Notes each thing it is asked to do, under its name.
private struct Noting: Middleware {
    let name: String
    let recorder: Recorder

    func register(with place: MiddlewarePlace) { note("register \(place.function ?? "app")") }

    func encode(_ value: JSONValue, as payload: Payload) -> JSONValue {
        note("encode \(payload.text)")
        return value
    }

    func decode(_ value: JSONValue, as payload: Payload) -> JSONValue {
        note("decode \(payload.text)")
        return value
    }

    func interceptRun<Value: Sendable>(_ run: RunInfo, next: @Sendable () async throws -> Value) async throws -> Value {
        note("run \(run.function)")
        defer { note("/run \(run.function)") }
        return try await next()
    }

    func interceptStep<Value: Sendable>(_ step: StepInfo, next: () async throws -> Value) async throws -> Value {
        note("step \(step.id)")
        defer { note("/step \(step.id)") }
        return try await next()
    }

    func observe(_ moment: Moment) { note(moment.text) }

    private func note(_ text: String) { recorder.note("\(name): \(text)") }
}

extension Payload {
    fileprivate var text: String {
        switch self {
        case .event(let name): "event \(name)"
        case .stepInput(let step): "input of \(step.id)"
        case .stepOutput(let step): "output of \(step.id)"
        case .runOutput: "result"
        }
    }
}

extension Moment {
    fileprivate var text: String {
        switch self {
        case .runStarted: "started"
        case .runCompleted: "completed"
        case .runFailed(_, let error, let willRetry): "failed \(type(of: error))\(willRetry ? ", retry" : "")"
        case .stepStarted(let step): "started \(step.id)"
        case .stepCompleted(let step): "completed \(step.id)"
        case .stepFailed(let step, let error, let willRetry):
            "failed \(step.id) \(type(of: error))\(willRetry ? ", retry" : "")"
        }
    }
}

/// Turns every text around.
private struct Backwards: Middleware {
    func encode(_ value: JSONValue, as payload: Payload) -> JSONValue { turned(value) }
    func decode(_ value: JSONValue, as payload: Payload) -> JSONValue { turned(value) }

    private func turned(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(String(text.reversed()))
        case .array(let list): .array(list.map(turned))
        case .object(let members): .object(members.mapValues(turned))
        default: value
        }
    }
}

/// Puts a letter before every text on its way out, and takes it off again.
private struct Stamping: Middleware {
    let letter: String

    func encode(_ value: JSONValue, as payload: Payload) -> JSONValue {
        guard let text = value.string else { return value }
        return .string(letter + text)
    }

    func decode(_ value: JSONValue, as payload: Payload) throws -> JSONValue {
        guard let text = value.string else { return value }
        guard text.hasPrefix(letter) else { throw NonRetriableError("'\(text)' has no \(letter)") }
        return .string(String(text.dropFirst(letter.count)))
    }
}

private struct Text: EventPayload {
    static let eventName = "test/text"
    var text: String
}

@Suite("Middleware")
struct MiddlewareTests {
    private let recorder = Recorder()

    private func noting(_ name: String) -> Noting { Noting(name: name, recorder: recorder) }

    @Test("The app's middleware is around the function's, for all that happens in a call") func order() async throws {
        let function = Function("f", on: .event(Started.self), .middleware(noting("fn"))) { context in
            try await context.step.run("s") { "value" }
        }
        let run = try Rehearsal(function) { $0.middleware = [noting("app")] }
        #expect(recorder.all == ["app: register app", "fn: register f"])
        _ = await run.ops()
        #expect(
            Array(recorder.all.dropFirst(2)) == [
                "app: decode event test/started", "fn: decode event test/started", "app: started", "fn: started",
                "app: run f", "fn: run f", "app: started s", "fn: started s", "app: step s", "fn: step s",
                "fn: /step s", "app: /step s", "fn: encode output of s", "app: encode output of s",
                "app: completed s", "fn: completed s", "fn: /run f", "app: /run f",
            ])
    }

    @Test("A replayed step is decoded and nothing else; the end of the run is told once") func replay() async throws {
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.run("s") { "value" }
        }
        var run = try Rehearsal(function) { $0.middleware = [noting("app")] }
        run.remember("s", ["data": "value"])
        #expect(await run.call().returned == "value")
        #expect(
            Array(recorder.all.dropFirst()) == [
                "app: decode event test/started", "app: run f", "app: decode output of s", "app: /run f",
                "app: encode result", "app: completed",
            ])
    }

    @Test("Values are stored in the encoded form, and seen decoded: events, steps, the result") func transforms()
        async throws
    {
        let function = Function("f", on: .event(Text.self)) { context in
            let first = try await context.step.run("s") { context.event.data.text + "!" }
            return first + "?"
        }
        var run = try Rehearsal(function, event: Text(text: "cba")) { $0.middleware = [Backwards()] }
        #expect(await run.ops().first?.data == "!cba")
        #expect(await run.finish().returned == "?!cba")
    }

    @Test("Codings nest: what the app's middleware put outermost, it takes off first") func nesting() async throws {
        let function = Function("f", on: .event(Started.self), .middleware(Stamping(letter: "F"))) { context in
            try await context.step.run("s") { "value" }
        }
        var run = try Rehearsal(function) { $0.middleware = [Stamping(letter: "A")] }
        #expect(await run.ops().first?.data == "AFvalue")
        #expect(await run.finish().returned == "AFvalue")
    }

    @Test("An awaited event is decoded as an event, and null is left alone") func awaited() async throws {
        let function = Function("f", on: .event(Started.self)) { context in
            let reply = try await context.step.waitForEvent("reply", Text.self, timeout: .days(1))
            return try await context.step.waitForEvent("none", Text.self, timeout: .days(1)) == nil
                ? reply?.data.text : nil
        }
        var run = try Rehearsal(function) { $0.middleware = [Backwards()] }
        run.remember("reply", ["data": ["text": "olleh"], "id": "1", "name": "test/text", "ts": 1])
        run.remember("none", .null)
        #expect(await run.call().returned == "olleh")
    }

    @Test("What is invoked is given encoded data, and its result is decoded") func invoked() async throws {
        let reference = FunctionReference<Text, Text>(function: "other")
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.invoke("i", function: reference, data: Text(text: "in")).text == "out"
        }
        var run = try Rehearsal(function) { $0.middleware = [Backwards()] }
        #expect(await run.ops().first?.options?["payload"]?["data"]?["text"] == "ni")
        run.remember("i", ["data": ["text": "tuo"]])
        #expect(await run.call().returned == true)
    }

    @Test("A failure handler sees the data of the event that started the failed run") func failureEvent() async throws {
        let function = Function("f", on: .event(Text.self)) { _ in }
            .onFailure { failure in #expect(failure.event.data.text == "abc") }
        let run = try Rehearsal(function) { $0.middleware = [EventTexts()] }
        var call = run.request()
        call.events = [
            [
                "name": "inngest/function.failed",
                "data": [
                    "error": ["name": "E", "message": "m"], "run_id": "r",
                    "event": ["name": "test/text", "data": ["text": "cba"]],
                ],
            ]
        ]
        #expect(await run.app.answer(call.encode(), function: "app-f-failure").interpret().returned == .null)
    }

    /// Turns the text of `test/text` around, and leaves other events alone.
    private struct EventTexts: Middleware {
        func decode(_ value: JSONValue, as payload: Payload) -> JSONValue {
            guard case .event("test/text") = payload, let text = value["text"]?.string else { return value }
            return ["text": .string(String(text.reversed()))]
        }
    }

    @Test("A value that can't be decoded fails the call, even in a try?, and it is tried again") func undecodable()
        async throws
    {
        struct Strict: Middleware {
            struct NoKey: Error {}
            func decode(_ value: JSONValue, as payload: Payload) throws -> JSONValue {
                guard case .event = payload else { throw NoKey() }
                return value
            }
        }
        let function = Function("f", on: .event(Started.self)) { context in
            (try? await context.step.run("s") { 1 }) ?? -1
        }
        var run = try Rehearsal(function) { $0.middleware = [Strict()] }
        run.remember("s", ["data": 1])
        let outcome = await run.call()
        #expect(outcome.failure?.name == "NoKey")
        #expect(outcome.isRetriable == true)
    }

    @Test("A value that can't be encoded fails its step") func unencodable() async throws {
        struct Full: Middleware {
            struct NoSpace: Error {}
            func encode(_ value: JSONValue, as payload: Payload) throws -> JSONValue { throw NoSpace() }
        }
        let function = Function("f", on: .event(Started.self)) { context in try await context.step.run("s") { 1 } }
        let op = try await Rehearsal(function, configure: { $0.middleware = [Full()] }).ops().first
        #expect(op?.code == .stepError)
        #expect(op?.error?["name"] == "NoSpace")
    }

    @Test("Middleware around a step can refuse it, change what it throws, and run it in a task-local")
    func intercepting() async throws {
        enum Tenant {
            @TaskLocal static var current = "none"
        }
        struct Tenants: Middleware {
            func interceptStep<Value: Sendable>(
                _ step: StepInfo, next: () async throws -> Value
            ) async throws -> Value {
                if step.id == "forbidden" { throw NonRetriableError("not for this tenant") }
                return try await Tenant.$current.withValue("ada") { try await next() }
            }
        }
        let function = Function("f", on: .event(Started.self)) { context in
            let tenant = try await context.step.run("tenant") { Tenant.current }
            do {
                try await context.step.run("forbidden") {}
                return "ran"
            } catch let error as StepError {
                return "\(tenant): \(error.message)"
            }
        }
        var run = try Rehearsal(function) { $0.middleware = [Tenants()] }
        #expect(await run.finish().returned == "ada: not for this tenant")
    }

    @Test("Failures are told with what becomes of them", arguments: [(0, true), (4, false)])
    func failures(attempt: Int, willRetry: Bool) async throws {
        struct Broken: Error {}
        let step = Function("f", on: .event(Started.self)) { context in
            try await context.step.run("s") { throw Broken() }
        }
        var run = try Rehearsal(step) { $0.middleware = [noting("app")] }
        run.attempt = attempt
        _ = await run.call()
        #expect(recorder.count("app: failed s Broken\(willRetry ? ", retry" : "")") == 1)
        let body = Function("f", on: .event(Started.self)) { _ in throw Broken() }
        run = try Rehearsal(body) { $0.middleware = [noting("app")] }
        run.attempt = attempt
        _ = await run.call()
        #expect(recorder.count("app: failed Broken\(willRetry ? ", retry" : "")") == 1)
    }

    @Test("Middleware that refuses to be registered keeps the app from being made") func refusing() throws {
        struct Missing: Error {}
        struct Picky: Middleware {
            func register(with place: MiddlewarePlace) throws { throw NonRetriableError("no API key") }
        }
        let error = #expect(throws: InvalidApp.self) {
            try App("app", configuration: Configuration(mode: .dev, environment: [:])) {
                Function("f", on: .event(Started.self), .middleware(Picky())) { _ in }
            }
        }
        #expect(error?.description == "function 'f': Picky: no API key")
    }

    @Test("Middleware that waits does not change what is found in a call") func slowDecoding() async throws {
        struct Slow: Middleware {
            func decode(_ value: JSONValue, as payload: Payload) async -> JSONValue {
                await Task.detached { for _ in 0..<100 { await Task.yield() } }.value
                return value
            }
        }
        let function = Function("f", on: .event(Started.self)) { context in
            @Sendable func branch(_ name: String) async throws -> Int {
                let first = try await context.step.run("\(name)1") { 1 }
                return try await context.step.run("\(name)2") { first + 1 }
            }
            async let a = branch("a")
            async let b = branch("b")
            return try await a + b
        }
        var run = try Rehearsal(function) { $0.middleware = [Slow()] }
        run.remember("a1", ["data": 1])
        run.remember("b1", ["data": 1])
        #expect(await run.ops(planOnly: true).map(\.displayName) == ["a2", "b2"])
    }

    // MARK: Sending, and requests

    @Test("Events are changed, added and dropped on their way out, then encoded") func sending() async throws {
        struct Signing: Middleware {
            func interceptSend(
                _ events: [OutgoingEvent], next: ([OutgoingEvent]) async throws -> [String]
            ) async throws -> [String] {
                var events = events.filter { $0.name != "test/secret" }
                for index in events.indices { events[index].user = ["id": "ada"] }
                return try await next(events)
            }
        }
        let transport = StubTransport { _, _ in .init(200, ["ids": ["1"], "status": 200]) }
        var configuration = Configuration(mode: .dev, environment: [:])
        configuration.transport = transport
        configuration.middleware = [Signing(), Backwards()]
        let ids = try await Client(configuration).send([
            OutgoingEvent(Text(text: "abc")), OutgoingEvent(name: "test/secret"),
        ])
        #expect(ids == ["1"])
        let sent = try JSON(parsing: transport.requests[0].body)
        #expect(Array(sent.elements).count == 1)
        #expect(sent[0]?["user"] == ["id": "ada"])
        #expect(sent[0]?["data"] == ["text": "cba"])
    }

    @Test("A function's middleware takes part in what its steps send") func sendingStep() async throws {
        let transport = StubTransport { _, _ in .init(200, ["ids": ["1"], "status": 200]) }
        let function = Function("f", on: .event(Started.self), .middleware(Backwards())) { context in
            try await context.step.sendEvent("send", Text(text: "abc"))
        }
        _ = try await Rehearsal(function, configure: { $0.transport = transport }).ops()
        #expect(try JSON(parsing: transport.requests[0].body)[0]?["data"] == ["text": "cba"])
    }

    /// Sends other events, too, and sends again where there was no answer, once.
    private struct Mirroring: Middleware {
        func interceptSend(
            _ events: [OutgoingEvent], next: ([OutgoingEvent]) async throws -> [String]
        ) async throws -> [String] {
            let copies = events.map { OutgoingEvent(name: "audit", data: ["of": .string($0.name)]) }
            _ = try await next(copies)
            do { return try await next(events) } catch { return try await next(events) }
        }
    }

    @Test("Other events that a middleware sends are other events; the same again are the same, in each attempt")
    func sendingMore() async throws {
        let clock = Recorder()
        let transport = StubTransport { request, count in
            // The answer to the second of each attempt is a refusal that is not for the client to repeat.
            count % 3 == 2 ? .init(400, ["error": "lost"]) : .init(200, ["ids": [.string("\(count)")], "status": 200])
        }
        let function = Function("f", on: .event(Started.self), .middleware(Mirroring())) { context in
            try await context.step.sendEvent("send", Text(text: "abc"))
        }
        let run = try Rehearsal(
            function,
            configure: {
                $0.transport = transport
                $0.clock = {
                    clock.note("asked")
                    return Timestamp(milliseconds: 1_700_000_000_000 + Int64(clock.all.count))
                }
            })
        #expect(await run.ops().first?.data == ["ids": ["3"]])
        #expect(await run.ops().first?.data == ["ids": ["6"]])
        let seeds = transport.requests.map { $0.headers[HeaderName.eventIDSeed].flatMap(EventIDSeed.firstID) }
        #expect(seeds.compactMap(\.self).count == 6)
        #expect(seeds[0] != seeds[1], "what is sent beside is not taken for what was sent before")
        #expect(seeds[1] == seeds[2], "what is sent again is not taken in twice")
        #expect(Array(seeds[..<3]) == Array(seeds[3...]), "nor when the step is tried again")
    }

    @Test("A verified call can be intercepted as a request, and its answer is signed afterwards") func request()
        async throws
    {
        struct Maintenance: Middleware {
            let recorder: Recorder

            func interceptRequest(
                _ request: HTTPRequest, body: [UInt8],
                next: @Sendable (HTTPRequest, [UInt8]) async -> (response: HTTPResponse, body: [UInt8])
            ) async -> (response: HTTPResponse, body: [UInt8]) {
                recorder.note("asked")
                var (response, _) = await next(request, body)
                response.headerFields[.server] = "mine"
                return (response, Array("4".utf8))
            }
        }
        let endpoint = try Endpoint { $0.middleware = [Maintenance(recorder: recorder)] }
        let answer = try await endpoint.send(.post, callBody, signature: Endpoint.sign(callBody))
        #expect(answer.status == 200)
        #expect(answer.body == 4)
        #expect(answer.headers[HeaderName.sdk] == "swift:v0.1.0")
        #expect(answer.headers["server"] == "mine")
        let signature = try #require(answer.headers[HeaderName.signature])
        #expect(try SigningKey(key).verify(signature, of: "4".utf8, at: now))
        #expect(await endpoint.send(.post, callBody).status == 401)
        #expect(recorder.all == ["asked"])
    }
}
