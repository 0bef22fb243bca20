import Foundation
import JSON
import Testing
import Wire

@testable import AppSDK

/// Numbers of payloads reach the SDK's times and lengths: none of them may end the process.
@Suite("Huge numbers from payloads")
struct HugeNumberTests {
    private static let last = "9999-12-31T23:59:59.999Z"

    @Test(
        "A step sleeps until any date that can be written; what is beyond is the last, which is refused as too far",
        arguments: [
            (1e300, last), (.infinity, last), (.nan, last), (-1e300, "0000-01-01T00:00:00.000Z"),
            (-.infinity, "0000-01-01T00:00:00.000Z"), (1_700_000_000.0001, "2023-11-14T22:13:20.001Z"),
        ] as [(Double, String)])
    func sleepUntil(seconds: Double, time: String) async throws {
        let function = Function("f", on: .event(Started.self)) { context in
            try await context.step.sleep("nap", until: Date(timeIntervalSince1970: seconds))
        }
        let op = try #require(await Rehearsal(function).ops().first)
        #expect(op.options?["duration"]?.string == time)
        #expect(Timestamp(rfc3339: time) != nil, "the orchestrator can read it, and say why it is too far")
    }

    private static let longest = TimeSpan(.milliseconds(Int64.max))
    private static let shortest = TimeSpan(.milliseconds(Int64.min))

    @Test(
        "A length beyond what milliseconds can count is the longest",
        arguments: [
            (.seconds(1e300), longest), (.seconds(.infinity), longest), (.seconds(.nan), longest),
            (.seconds(-1e300), shortest), (.minutes(1e300), longest), (.hours(1e300), longest), (.days(1e300), longest),
            (.milliseconds(UInt64.max), longest), (.seconds(Int64.max), longest), (.seconds(UInt64.max), longest),
            (.minutes(Int64.max), longest), (.hours(Int64.min), shortest), (.days(UInt64.max), longest),
            (.weeks(Int64.max), longest), (TimeSpan(.seconds(1e20)), longest), (TimeSpan(.seconds(-1e20)), shortest),
            (longest + longest, longest), (shortest - longest, shortest), (.seconds(0.0001), .milliseconds(1)),
            (.seconds(2.007), .milliseconds(2007)), (.minutes(1.5), .seconds(90)), (.weeks(2), .days(14)),
        ] as [(TimeSpan, TimeSpan)])
    func lengths(span: TimeSpan, expected: TimeSpan) {
        #expect(span == expected)
        #expect(TimeString.parse(span.description) != nil, "the orchestrator can read it, and say that it is too long")
    }

    @Test("A retry after a huge length or at a huge date keeps to what the header may hold")
    func retryAfter() {
        #expect(RetryAfterError("busy", after: Self.longest).header == "9999999")
        #expect(RetryAfterError("busy", after: Self.shortest).header == "0")
        for seconds in [1e300, .infinity, .nan] {
            #expect(RetryAfterError("busy", at: Date(timeIntervalSince1970: seconds)).header == Self.last)
        }
    }

    @Test("An event of a huge date is sent, for the orchestrator to refuse", arguments: [1e300, .infinity, .nan])
    func eventDate(seconds: Double) throws {
        let event = OutgoingEvent(name: "a", date: Date(timeIntervalSince1970: seconds))
        #expect(try event.encode(now: Timestamp(milliseconds: 0))["ts"] == 253_402_300_799_999)
    }

    @Test("Tokens that are no whole number are not told", arguments: [1e300, -1e300, 0.5])
    func tokens(count: Double) {
        let answer = AIResponse(body: ["usage": ["input_tokens": .number(count), "output_tokens": 1]])
        #expect(answer.usage == nil)
    }

    @Test("Steps are timed at any date") func timing() async throws {
        let run = try Rehearsal(
            Function("f", on: .event(Started.self)) { context in try await context.step.run("s") { 1 } },
            configure: { $0.clock = { Timestamp(milliseconds: .max / 1000) } })
        #expect(await run.ops().first?.timing?["b"] == 0)
    }
}
