import JSON

/// An event that cancels a run.
package struct CancelRule: Hashable, Sendable {
    package var event: String
    /// An expression over `event`, which started the run, and `async`, which has just come.
    package var condition: String?
    /// How long after its creation a run can be cancelled so; nil for as long as it lives.
    package var timeout: Duration?

    package init(event: String, condition: String? = nil, timeout: Duration? = nil) {
        self.event = event
        self.condition = condition
        self.timeout = timeout
    }

    package static let maximumRules = 5
    package static let timeouts: ClosedRange<Duration> = .milliseconds(1) ... .seconds(366 * 86_400)

    static func rules(_ settings: Fields) throws(InvalidFunction) -> [CancelRule] {
        guard let json = settings.value("cancel") else { return [] }
        guard json.kind == .array else { throw settings.refuse("cancel", "a list is expected") }
        var rules: [CancelRule] = []
        for (index, element) in json.elements.enumerated() {
            let path = "cancel[\(index)]"
            guard element.kind == .object else { throw settings.refuse(path, "an object is expected") }
            rules.append(try CancelRule(Fields(element, path: path, function: settings.function)))
        }
        guard rules.count <= maximumRules else {
            throw settings.refuse("cancel", "\(rules.count) rules, at most \(maximumRules)")
        }
        return rules
    }

    private init(_ fields: Fields) throws(InvalidFunction) {
        event = try fields.required("event", fields.text("event", .eventName), .eventName)
        guard event.utf8.count <= 255 else { throw fields.refuse("event", "longer than 255 bytes", .eventName) }
        condition = try fields.text("if")
        timeout = try fields.duration("timeout", in: Self.timeouts)
    }

    var json: JSON {
        [
            "event": .string(event), "if": condition.map(JSON.string),
            "timeout": timeout.map { .string(TimeString.format($0)) },
        ]
    }
}
