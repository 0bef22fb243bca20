import JSON
import Testing
import Wire

@testable import AppSDK

private struct Clicked: EventPayload {
    static let eventName = "mail/clicked"
    var emailID: String
    var value: Int
    var link: String?
}

@Suite("Waiting for events")
struct WaitForEventTests {
    private func waiting(
        _ wait: @escaping @Sendable (Step) async throws -> AppSDK.Event<Clicked>?
    ) -> some DurableFunction {
        Function("f", on: .event(Started.self)) { context in
            let click = try await wait(context.step)
            return click.map { "\($0.id) \($0.data.emailID) \($0.ts)" } ?? "none"
        }
    }

    @Test("A wait is reported with event and timeout") func plain() async throws {
        let run = try Rehearsal(waiting { try await $0.waitForEvent("click", Clicked.self, timeout: .days(3)) })
        let op = try #require(await run.ops().first)
        #expect(op.code == .waitForEvent)
        #expect(op.name == "mail/clicked")
        #expect(op.displayName == "click")
        #expect(op.options == ["event": "mail/clicked", "timeout": "3d"])
    }

    @Test("if: is passed on as it is") func expression() async throws {
        let run = try Rehearsal(
            waiting { try await $0.waitForEvent("click", Clicked.self, timeout: .hours(1), if: "async.data.x > 1") })
        #expect(await run.ops().first?.options?["if"] == "async.data.x > 1")
    }

    @Test("where:equals: becomes a comparison, its text escaped") func whereEquals() async throws {
        let run = try Rehearsal(
            waiting {
                try await $0.waitForEvent(
                    "click", Clicked.self, timeout: .hours(1), where: \.emailID, equals: #"o'neil\x"#)
            })
        #expect(await run.ops().first?.options?["if"] == .string(#"async.data.emailID == 'o\'neil\\x'"#))
    }

    @Test("where:equals: takes numbers, and optionals with and without value") func whereOthers() async throws {
        let run = try Rehearsal(
            waiting { step in
                async let a = step.waitForEvent("a", Clicked.self, timeout: .hours(1), where: \.value, equals: 7)
                async let b = step.waitForEvent("b", Clicked.self, timeout: .hours(1), where: \.link, equals: "x")
                async let c = step.waitForEvent("c", Clicked.self, timeout: .hours(1), where: \.link, equals: nil)
                return try await [a, b, c].compactMap(\.self).first
            })
        #expect(
            await run.ops().map { $0.options?["if"] } == [
                "async.data.value == 7", "async.data.link == 'x'", "async.data.link == null",
            ])
    }

    @Test("match: compares the field of this run's event with that of the awaited one") func match() async throws {
        let run = try Rehearsal(
            waiting { try await $0.waitForEvent("click", Clicked.self, timeout: .hours(1), match: \.value) })
        #expect(await run.ops().first?.options?["if"] == "event.data.value == async.data.value")
    }

    @Test("match: of a field that this run's event has not fails the run with an explanation") func matchMissing()
        async throws
    {
        let run = try Rehearsal(
            waiting { try await $0.waitForEvent("click", Clicked.self, timeout: .hours(1), match: \.emailID) })
        let outcome = await run.call()
        #expect(outcome.isRetriable == false)
        #expect(outcome.failure?.message.contains("emailID") == true)
    }

    @Test("The event comes back typed, and nil stands for none in time") func results() async throws {
        var run = try Rehearsal(waiting { try await $0.waitForEvent("click", Clicked.self, timeout: .days(3)) })
        run.remember(
            "click", ["id": "e9", "name": "mail/clicked", "ts": 5, "user": [:], "data": ["emailID": "m", "value": 1]])
        #expect(await run.call().returned == "e9 m 5")
        run.steps[StepID("click")] = .null
        #expect(await run.call().returned == "none")
    }

    @Test("An event that does not fit the type fails the run and names step and field") func misfit() async throws {
        var run = try Rehearsal(waiting { try await $0.waitForEvent("click", Clicked.self, timeout: .days(3)) })
        run.remember("click", ["id": "e9", "name": "mail/clicked", "ts": 5, "data": ["emailID": "m"]])
        let outcome = await run.call()
        #expect(outcome.isRetriable == false)
        #expect(outcome.failure?.message.contains("'click'") == true)
        #expect(outcome.failure?.message.contains("value") == true)
    }

    @Test("Events without a type are awaited by name") func untyped() async throws {
        var run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in
                let event = try await context.step.waitForEvent("any", named: "x/y", timeout: .hours(1))
                return event?.data["deep"]?["er"]?.string
            })
        #expect(await run.ops().first?.options?["event"] == "x/y")
        run.remember("any", ["name": "x/y", "data": ["deep": ["er": "yes"]]])
        #expect(await run.call().returned == "yes")
    }
}
