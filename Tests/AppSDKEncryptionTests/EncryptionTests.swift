import AppSDK
import AppSDKEncryption
import AppTesting
import Foundation
import JSON
import Testing

/// What the official Python package has encrypted: `Vectors/generate.py` made it.
struct OfficialVectors: Decodable {
    struct Case: Decodable {
        var key: String
        var value: JSONValue?
        var data: JSONValue?
        var encrypted: JSONValue
    }

    var values: [Case]
    var events: [Case]

    init() throws {
        let url = try #require(
            Bundle.module.url(forResource: "official", withExtension: "json", subdirectory: "Vectors"))
        self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
    }
}

private let run = RunInfo(app: "app", function: "f", id: "01HF7YAT00E1GNW5DVS1MP5ZFZ")
private let output = Payload.stepOutput(StepInfo(id: "s", run: run))

@Suite("Encryption, in the common format")
struct EncryptionTests {
    private let middleware = EncryptionMiddleware(key: "secret")

    @Test("What the official Python package encrypted is read, value by value") func official() async throws {
        let vectors = try OfficialVectors()
        #expect(vectors.values.count >= 30)
        for vector in vectors.values {
            let middleware = EncryptionMiddleware(key: vector.key)
            #expect(try await middleware.decode(vector.encrypted, as: output) == vector.value ?? .null)
        }
    }

    @Test("Events that the official Python package encrypted are read") func officialEvents() async throws {
        for vector in try OfficialVectors().events {
            #expect(try await middleware.decode(vector.encrypted, as: .event(name: "vector")) == vector.data)
        }
    }

    @Test("A value is unreadable on its way, and comes back as it was, from a nonce of its own each time")
    func roundTrip() async throws {
        let value: JSONValue = ["card": "4242 4242", "list": [1, 2.5, nil, true]]
        let first = try await middleware.encode(value, as: output)
        #expect(first["__ENCRYPTED__"] == true)
        #expect(first["__STRATEGY__"] == "inngest/libsodium")
        #expect(!JSON(first).text.contains("4242"))
        #expect(try await middleware.encode(value, as: output) != first)
        #expect(try await middleware.decode(first, as: output) == value)
    }

    @Test("Of an event, the one field is encrypted") func event() async throws {
        let data: JSONValue = ["encrypted": ["card": "4242"], "order": 7]
        let sealed = try await middleware.encode(data, as: .event(name: "paid"))
        #expect(sealed["order"] == 7)
        #expect(sealed["encrypted"]?["__ENCRYPTED__"] == true)
        #expect(try await middleware.decode(sealed, as: .event(name: "paid")) == data)
        #expect(try await middleware.encode(["order": 7], as: .event(name: "paid")) == ["order": 7])
    }

    @Test("Another field can be the encrypted one, and is read under any name") func otherField() async throws {
        let other = EncryptionMiddleware(key: "secret", eventField: "secret")
        let sealed = try await other.encode(["secret": 1, "encrypted": 2], as: .event(name: "paid"))
        #expect(sealed["encrypted"] == 2)
        #expect(try await middleware.decode(sealed, as: .event(name: "paid")) == ["secret": 1, "encrypted": 2])
    }

    @Test("Data of an event that is encrypted as a whole is read, beside what the orchestrator added")
    func wholeEvent() async throws {
        guard case .object(var sealed) = try await middleware.encode(["a": 1], as: output) else { return }
        sealed["_inngest"] = ["fn_id": "f"]
        #expect(
            try await middleware.decode(.object(sealed), as: .event(name: "x")) == ["a": 1, "_inngest": ["fn_id": "f"]])
    }

    @Test("Old keys read, and the new one writes") func rotation() async throws {
        let old = EncryptionMiddleware(key: "old")
        let new = EncryptionMiddleware(key: "new", oldKeys: ["older", "old"])
        #expect(try await new.decode(old.encode(1, as: output), as: output) == 1)
        let sealed = try await new.encode(1, as: output)
        await #expect(throws: EncryptionError.self) { try await old.decode(sealed, as: output) }
    }

    @Test("decryptOnly reads and does not write") func decryptOnly() async throws {
        let reader = EncryptionMiddleware(key: "secret", mode: .decryptOnly)
        #expect(try await reader.encode(["encrypted": 1], as: .event(name: "x")) == ["encrypted": 1])
        #expect(try await reader.encode(7, as: output) == 7)
        #expect(try await reader.decode(middleware.encode(7, as: output), as: output) == 7)
    }

    @Test(
        "What is not encrypted, or only looks like it, is read as it is",
        arguments: [
            .null, 7, "text", ["__ENCRYPTED__": true], ["__ENCRYPTED__": "true", "data": "x"],
            ["__ENCRYPTED__": true, "__STRATEGY__": "another", "data": "AAAA"],
        ] as [JSONValue])
    func plain(value: JSONValue) async throws {
        #expect(try await middleware.decode(value, as: output) == value)
    }

    @Test("A changed byte is noticed, wherever it is") func tampering() async throws {
        let sealed = try await middleware.encode("a secret", as: output)
        let bytes = try #require(Data(base64Encoded: sealed["data"]?.string ?? ""))
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1
            let value: JSONValue = [
                "__ENCRYPTED__": true, "__STRATEGY__": "inngest/libsodium",
                "data": .string(changed.base64EncodedString()),
            ]
            await #expect(throws: EncryptionError.self) { try await middleware.decode(value, as: output) }
        }
        let short: JSONValue = ["__ENCRYPTED__": true, "__STRATEGY__": "inngest/libsodium", "data": "AAAA"]
        await #expect(throws: EncryptionError.self) { try await middleware.decode(short, as: output) }
    }

    @Test("What is encrypted already is not encrypted again") func twice() async throws {
        let sealed = try await middleware.encode(7, as: output)
        #expect(try await middleware.encode(sealed, as: output) == sealed)
    }

    @Test("An empty key is refused when the app is made") func emptyKey() {
        var configuration = Configuration(mode: .dev, environment: [:])
        configuration.middleware = [EncryptionMiddleware(key: "good", oldKeys: [""])]
        #expect(throws: InvalidApp.self) { try App("app", configuration: configuration) {} }
    }
}

@Suite("An app that encrypts, on the real engine")
struct EncryptedAppTests {
    private struct Paid: EventPayload {
        static let eventName = "shop/paid"
        var order: Int
        var encrypted: Card
    }

    private struct Card: Codable, Sendable, Equatable {
        var number: String
    }

    private struct Refunded: EventPayload {
        static let eventName = "shop/refunded"
        var order: Int
        var encrypted: Card
    }

    private func app(_ middleware: EncryptionMiddleware) throws -> App {
        var configuration = Configuration(mode: .dev, environment: [:])
        configuration.middleware = [middleware]
        configuration.checkpointing = .off
        return try App("shop", configuration: configuration) {
            Function("charge", on: .event(Paid.self, if: "event.data.order > 1")) { context in
                let card = try await context.step.run("card") { context.event.data.encrypted }
                try await context.step.sendEvent(
                    "refund", Refunded(order: context.event.data.order, encrypted: card))
                let refund = try await context.step.waitForEvent(
                    "wait", Refunded.self, timeout: .days(1), match: \.order)
                return [card, refund?.data.encrypted]
            }
        }
    }

    @Test("The function sees its values, the orchestrator none of them") func endToEnd() async throws {
        let orchestrator = try TestOrchestrator(app(EncryptionMiddleware(key: "secret")))
        // The test sends as a client of the app would.
        let middleware = EncryptionMiddleware(key: "secret")
        let card = Card(number: "4242")
        try await orchestrator.send(Paid(order: 7, encrypted: card))
        let run = try await orchestrator.run(of: "charge")
        #expect(run.stepNames == ["card", "refund"])
        let stored = try #require(run.step("card")).output(as: JSONValue.self)
        #expect(stored["__ENCRYPTED__"] == true)
        let sealed = try await middleware.encode(["number": "4242"], as: output)
        try await orchestrator.send([
            OutgoingEvent(name: "shop/refunded", data: ["order": 7, "encrypted": sealed])
        ])
        let done = try await orchestrator.run(of: "charge")
        #expect(done.status == .completed)
        let result = try await middleware.decode(done.output(as: JSONValue.self), as: output)
        #expect(try result.decode([Card?].self) == [card, card])
    }
}
