import Foundation
import JSON
import Wire

/// What starts a function.
///
/// ```swift
/// .event(SignedUp.self)
/// .event(OrderPaid.self, if: "event.data.total > 10")
/// .event(named: "shop/order.*")
/// .cron("0 9 * * 1-5", in: "Europe/Paris")
/// .deferred(Customer.self)
/// ```
///
/// A function has up to ten. Where they bring payloads of different types, the function gets a ``JSONValue``.
public struct Trigger<Payload: Codable & Sendable>: Sendable {
    /// Whether it stands for what other runs defer to the function.
    let isDeferred: Bool
    /// Why it can't be registered.
    let problem: String?
    private let json: JSON

    private init(_ json: JSON, isDeferred: Bool = false, problem: String? = nil) {
        self.json = json
        self.isDeferred = isDeferred
        self.problem = problem
    }

    private init(event: String, expression: String?) {
        self.init(["event": .string(event), "expression": expression.map(JSON.string)])
    }

    private init(cron: String, zone: String?, jitter: TimeSpan?) {
        let expression = zone.map { "TZ=\($0) \(cron)" } ?? cron
        self.init(
            ["cron": .string(expression), "jitter": jitter.map { .string($0.description) }],
            problem: Self.problem(cron, zone: zone))
    }

    /// What the orchestrator would refuse at registration.
    private static func problem(_ cron: String, zone: String?) -> String? {
        if let zone {
            if cron.contains("TZ=") {
                return "the schedule '\(cron)' names a time zone itself; leave out in: '\(zone)'"
            }
            if TimeZone(iana: zone) == nil {
                return "'\(zone)' is no time zone; use an IANA name such as 'Europe/Paris'"
            }
        }
        do {
            _ = try CronSchedule(zone.map { "TZ=\($0) \(cron)" } ?? cron)
            return nil
        } catch {
            return error.description
        }
    }

    /// The trigger as it is registered.
    ///
    /// - Parameter slug: the function that has it, by `<app id>-<function id>`.
    func json(slug: String) -> JSON {
        guard isDeferred else { return json }
        return json.merging(["expression": .string("event.data._inngest.fn_slug == \(CELLiteral.quoted(slug))")])
    }
}

extension Trigger {
    /// Other runs defer to the function, by ``Context/defer(_:to:data:)``: it starts when such a run has ended.
    ///
    /// - Parameter type: what it is given as the data of its event.
    public static func deferred(_ type: Payload.Type = Payload.self) -> Trigger<Payload> {
        Trigger(["event": .string(InternalEvent.deferred)], isDeferred: true)
    }
}

extension Trigger where Payload: EventPayload {
    /// An event of a type.
    ///
    /// - Parameter expression: CEL over `event`; without it, or where it is true, the event starts a run.
    public static func event(_ type: Payload.Type, if expression: String? = nil) -> Trigger<Payload> {
        Trigger(event: Payload.eventName, expression: expression)
    }
}

extension Trigger where Payload == CronTick {
    /// A schedule of five fields: minute, hour, day of month, month, day of week. Ticks that fell into a time without
    /// an orchestrator are not made up for.
    ///
    /// - Parameters:
    ///   - zone: the IANA name of the time zone whose clock the schedule follows; UTC without it. An hour that the clock
    ///     skips in spring has no ticks.
    ///   - jitter: delays each run by up to this long, 1 second to 5 minutes: the same for the same tick.
    public static func cron(_ expression: String, in zone: String? = nil, jitter: TimeSpan? = nil) -> Trigger<Payload> {
        Trigger(cron: expression, zone: zone, jitter: jitter)
    }
}

extension Trigger where Payload == JSONValue {
    /// Events by name, of any shape. A name may end in `/*` or `.*`.
    ///
    /// - Parameter expression: CEL over `event`; without it, or where it is true, the event starts a run.
    public static func event(named name: String, if expression: String? = nil) -> Trigger<Payload> {
        Trigger(event: name, expression: expression)
    }

    // The compiler falls back to these two where triggers of a function don't agree on a type.

    /// An event of a type, beside triggers that bring other types.
    @_disfavoredOverload
    public static func event<Other: EventPayload>(_ type: Other.Type, if expression: String? = nil) -> Trigger<Payload>
    {
        Trigger(event: Other.eventName, expression: expression)
    }

    /// A schedule, beside triggers that bring other types.
    @_disfavoredOverload
    public static func cron(_ expression: String, in zone: String? = nil, jitter: TimeSpan? = nil) -> Trigger<Payload> {
        Trigger(cron: expression, zone: zone, jitter: jitter)
    }
}
