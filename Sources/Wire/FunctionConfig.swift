import JSON

/// A function as an app registers it.
package struct FunctionConfig: Hashable, Sendable {
    /// `<app id>-<function id>`, unique in an environment.
    package var slug: String
    package var name: String
    package var triggers: [Trigger]
    /// Where calls go; the query carries `fnId` and `stepId`.
    package var url: String
    /// Attempts after the first.
    package var retries: Int
    /// When runs start, wait, are dropped and end.
    package var flow: FlowControl
    /// Whether it is an HTTP endpoint that runs by itself first.
    package var isEndpoint: Bool
    /// The registration as it came.
    package var json: JSON

    /// What starts a function.
    package enum Trigger: Hashable, Sendable {
        case event(name: String, expression: String?)
        /// - jitter: the longest that a tick is put off.
        case cron(expression: String, jitter: Duration?)
    }

    package static let defaultRetries = 4
    package static let maximumRetries = 20
    package static let maximumTriggers = 10
    package static let jitters: ClosedRange<Duration> = .seconds(1) ... .seconds(300)

    /// Reads and checks a registration.
    /// - Throws: ``InvalidFunction``, which names the field at fault.
    package init(_ json: JSON) throws(InvalidFunction) {
        guard json.kind == .object else { throw InvalidFunction(function: "?", "an object is expected") }
        guard let slug = json["id"]?.string, (1...512).contains(slug.utf8.count) else {
            throw InvalidFunction(function: json["name"]?.string ?? "?", "id: a text of 1 to 512 bytes is expected")
        }
        self.slug = slug
        self.json = json
        name = json["name"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? slug
        guard let step = json["steps"]?.members.first(where: { _ in true })?.value,
            let url = step["runtime"]?["url"]?.string, !url.isEmpty
        else { throw InvalidFunction(function: slug, "steps.step.runtime.url: missing") }
        self.url = url
        isEndpoint = step["runtime"]?["type"]?.string == Endpoint.runtime
        retries = try Self.retries(json["retries"] ?? step["retries"], function: slug)
        flow = try FlowControl(json, function: slug)
        triggers = []
        for (index, trigger) in (json["triggers"] ?? .emptyArray).elements.enumerated() {
            triggers.append(try Self.trigger(trigger, path: "triggers[\(index)]", function: slug))
        }
        guard triggers.count <= Self.maximumTriggers else {
            throw InvalidFunction(function: slug, "triggers: \(triggers.count), at most \(Self.maximumTriggers)")
        }
        // Of a schedule there is one, whatever its jitter.
        let distinct = Set(
            triggers.map {
                if case .cron(let expression, _) = $0 { Trigger.cron(expression: expression, jitter: nil) } else { $0 }
            })
        guard distinct.count == triggers.count else {
            throw InvalidFunction(function: slug, "triggers: the same trigger twice")
        }
    }

    private static func retries(_ json: JSON?, function: String) throws(InvalidFunction) -> Int {
        guard let value = json?["attempts"] ?? json, !value.isNull else { return defaultRetries }
        guard let retries = value.int ?? value.string.flatMap({ Int($0) }), retries >= 0 else {
            throw InvalidFunction(function: function, "retries.attempts: a whole number is expected, not \(value)")
        }
        guard retries <= maximumRetries else {
            throw InvalidFunction(function: function, "retries.attempts: \(retries), at most \(maximumRetries)")
        }
        return retries
    }

    private static func trigger(_ json: JSON, path: String, function: String) throws(InvalidFunction) -> Trigger {
        if let event = json["event"]?.string, !event.isEmpty {
            guard event.utf8.count <= 255 else {
                throw InvalidFunction(function: function, "\(path).event: longer than 255 bytes", .eventName)
            }
            if let star = event.firstIndex(of: "*") {
                let before = event[..<star].last
                guard event.index(after: star) == event.endIndex, before == "/" || before == "." else {
                    throw InvalidFunction(
                        function: function,
                        "\(path).event: '\(event)': a star may stand only at the end, after '/' or '.'",
                        .eventName)
                }
            }
            let expression = json["expression"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            return .event(name: event, expression: expression)
        }
        if let cron = json["cron"]?.string, !cron.isEmpty {
            guard cron.utf8.count <= 255 else {
                throw InvalidFunction(function: function, "\(path).cron: longer than 255 bytes", .schedule)
            }
            let fields = Fields(json, path: path, function: function)
            return .cron(expression: cron, jitter: try fields.duration("jitter", in: jitters, .schedule))
        }
        throw InvalidFunction(function: function, "\(path): either 'event' or 'cron' is needed")
    }
}

/// A registration that is refused: which function, which field, and why.
package struct InvalidFunction: Error, Hashable, CustomStringConvertible {
    package let function: String
    package let reason: String
    package let code: Syscode

    package init(function: String, _ reason: String, _ code: Syscode = .configuration) {
        self.function = function
        self.reason = reason
        self.code = code
    }

    package var description: String { "function '\(function)': \(reason)" }
}
