import JSON
import Wire

/// An app made up from a seed: functions, each with triggers, rules, and what it does.
package struct Program {
    var functions: [SimulatedFunction]
    /// Of another app, which comes and goes.
    let other: SimulatedFunction

    static let otherApp = "other"
    /// What the function of an HTTP endpoint is called.
    static let endpoint = "endpoint"

    func registration() -> Registration {
        Registration(
            url: "http://app/api/inngest", appName: "app", sdk: "simulation:v1",
            functions: functions.map(\.json))
    }
}

/// A function as the simulation knows it. What the engine gets is its ``json``.
struct SimulatedFunction {
    let id: String
    var triggers: [Trigger]
    var retries: Int
    var flow: FlowControl
    var plan: PlannedApp

    enum Trigger {
        /// - onlyLarge: whether the event's `n` must be above 2.
        case event(String, onlyLarge: Bool = false)
        case every(minutes: Int)

        var json: JSON {
            switch self {
            case .event(let name, let onlyLarge):
                ["event": .string(name), "expression": onlyLarge ? "event.data.n > 2" : nil]
            case .every(let minutes): ["cron": .string("*/\(minutes) * * * *")]
            }
        }
    }

    var app = "app"
    var slug: String { "\(app)-\(id)" }

    var json: JSON {
        let url = "http://app/api/inngest?fnId=\(slug)&stepId=step"
        let config: JSON = [
            "id": .string(slug), "name": .string(id), "triggers": .array(triggers.map(\.json)),
            "steps": [
                "step": [
                    "id": "step", "name": "step", "retries": ["attempts": .int(retries)],
                    "runtime": ["type": "http", "url": .string(url)],
                ]
            ],
        ]
        return config.merging(flow.members)
    }

    /// The registration of an app that has it alone.
    func registration() -> Registration {
        Registration(url: "http://\(app)/api/inngest", appName: app, sdk: "simulation:v1", functions: [json])
    }

    /// Whether an event from outside starts it.
    func isTriggered(by event: SimulatedEvent) -> Bool {
        triggers.contains { trigger in
            guard case .event(let name, let onlyLarge) = trigger else { return false }
            let fits = name.hasSuffix("*") ? event.name.hasPrefix(name.dropLast()) : event.name == name
            return fits && (!onlyLarge || event.data["n"]?.int ?? 0 > 2)
        }
    }
}

/// An event that was accepted, as the simulation knows it.
struct SimulatedEvent {
    let id: ULID
    let name: String
    let data: JSON
    let senderID: String?
    let time: Timestamp

    var isTick: Bool { name == InternalEvent.cronTick }
}
