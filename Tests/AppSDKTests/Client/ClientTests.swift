import Foundation
import JSON
import Testing
import Wire

@testable import AppSDK

@Suite("Sending events")
struct ClientTests {
    private func client(
        _ transport: StubTransport, environment: [String: String] = [:], mode: Configuration.Mode = .dev,
        pauses: Recorder = Recorder()
    ) -> Client {
        var configuration = Configuration(mode: mode, environment: environment)
        configuration.transport = transport
        configuration.clock = { Timestamp(milliseconds: 1_700_000_000_000) }
        configuration.pause = { pauses.note($0 >= .milliseconds(100) ? "paused" : "too short") }
        return Client(configuration)
    }

    @Test("An event is posted in full, with time and data, and its id comes back") func sends() async throws {
        let transport = StubTransport { _, _ in .init(200, ["ids": ["01X"], "status": 200]) }
        let id = try await client(transport).send(
            Started(value: 3), id: "once", user: ["external_id": "u1"], date: Date(timeIntervalSince1970: 1.5))
        #expect(id == "01X")
        let request = try #require(transport.requests.first)
        #expect(request.method == "POST")
        #expect(request.url == "http://localhost:8288/e/NO_EVENT_KEY_SET")
        #expect(request.headers[HeaderName.sdk] == "swift:v0.1.0")
        #expect(
            try JSON(parsing: request.body) == [
                ["name": "test/started", "data": ["value": 3], "id": "once", "ts": 1500, "user": ["external_id": "u1"]]
            ])
    }

    @Test("Without a date, the time is now") func stamps() async throws {
        let transport = StubTransport { _, _ in .init(200, ["ids": ["01X"], "status": 200]) }
        try await client(transport).send([OutgoingEvent(name: "a/b")])
        #expect(
            try JSON(parsing: transport.requests[0].body) == [["name": "a/b", "data": [:], "ts": 1_700_000_000_000]])
    }

    @Test("Errors that may pass are tried again with one seed", arguments: [500, 503, 429, nil])
    func retries(status: Int?) async throws {
        let transport = StubTransport { _, count in
            if count == 3 { return .init(200, ["ids": ["01X"], "status": 200]) }
            guard let status else { throw URLError(.cannotConnectToHost) }
            return .init(status, ["error": "busy"])
        }
        let pauses = Recorder()
        try await client(transport, pauses: pauses).send(Started(value: 1))
        let seeds = Set(transport.requests.map { $0.headers[HeaderName.eventIDSeed] })
        #expect(transport.requests.count == 3)
        #expect(seeds.count == 1)
        #expect(seeds.first??.wholeMatch(of: /1700000000000,[A-Za-z0-9+\/]{14}==/) != nil)
        #expect(pauses.all == ["paused", "paused"])
    }

    @Test("After five attempts it gives up and says where it was sent") func givesUp() async throws {
        let transport = StubTransport { _, _ in throw URLError(.cannotConnectToHost) }
        let error = await #expect(throws: SendError.self) { try await client(transport).send(Started(value: 1)) }
        #expect(transport.requests.count == 5)
        #expect(error?.description.contains("http://localhost:8288") == true)
    }

    @Test("A refused event is not sent again; the reason and the accepted ids are told", arguments: [400, 401, 413])
    func refused(status: Int) async throws {
        let transport = StubTransport { _, _ in .init(status, ["ids": ["01A"], "status": 400, "error": "name: bad"]) }
        let error = await #expect(throws: SendError.self) { try await client(transport).send(Started(value: 1)) }
        #expect(transport.requests.count == 1)
        #expect(error?.status == status)
        #expect(error?.acceptedIDs == ["01A"])
        #expect(error?.description.contains("name: bad") == true)
    }

    @Test("Two sendings have different seeds") func seeds() async throws {
        let transport = StubTransport { _, _ in .init(200, ["ids": ["01X"], "status": 200]) }
        try await client(transport).send(Started(value: 1))
        try await client(transport).send(Started(value: 1))
        #expect(Set(transport.requests.map { $0.headers[HeaderName.eventIDSeed] }).count == 2)
    }

    @Test("In cloud mode an event key is needed, and is put in the URL") func eventKey() async throws {
        let transport = StubTransport { _, _ in .init(200, ["ids": ["01X"], "status": 200]) }
        await #expect(throws: SendError.self) { try await client(transport, mode: .cloud).send(Started(value: 1)) }
        try await client(transport, environment: ["INNGEST_EVENT_KEY": "k/1"], mode: .cloud).send(Started(value: 1))
        #expect(transport.requests.map(\.url) == ["https://inn.gs/e/k%2F1"])
    }

    @Test("More than 5000 events at once are refused before they leave") func tooMany() async throws {
        let transport = StubTransport { _, _ in .init(200, ["ids": [], "status": 200]) }
        let events = Array(repeating: OutgoingEvent(name: "a"), count: 5001)
        await #expect(throws: NonRetriableError.self) { try await client(transport).send(events) }
        #expect(transport.requests.isEmpty)
    }

    @Test("A step sends once, under a seed that is the same in each attempt and differs by step") func step()
        async throws
    {
        let transport = StubTransport { _, _ in .init(200, ["ids": ["01X"], "status": 200]) }
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                let first = try await context.step.sendEvent("tell", Started(value: 2))
                return try await first + context.step.sendEvent("tell", Started(value: 3))
            },
            configure: { $0.transport = transport })
        let op = try #require(await run.ops().first)
        #expect(op.options?["type"] == "step.sendEvent")
        #expect(op.data == ["ids": ["01X"]])
        run.attempt = 1
        #expect(await run.finish().returned == "01X01X")
        let seeds = transport.requests.map { $0.headers[HeaderName.eventIDSeed] }
        #expect(seeds.count == 3)
        #expect(seeds[0] == seeds[1])
        #expect(seeds[1] != seeds[2])
        #expect(seeds[0]?.hasPrefix("1700000000000,") == true)
    }
}
