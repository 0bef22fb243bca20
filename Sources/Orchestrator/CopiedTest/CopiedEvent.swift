import JSON
import Wire

/// An event as the test sends it.
struct CopiedEvent {
    let name: String
    let data: CopiedValue
    let user: CopiedValue
    let version: String?

    init(_ event: Event) {
        self.init(name: event.name, event.json)
    }

    /// What a step waited for, as the step answers with it.
    init(name: String, answer: JSON) {
        switch CopiedValue(answer) {
        case .whole: self.init(name: name, answer)
        case .tooLarge(let bytes):
            self.init(name: name, data: .tooLarge(bytes: bytes), user: .whole(.emptyObject), version: nil)
        }
    }

    private init(name: String, _ json: JSON) {
        self.init(
            name: name, data: CopiedValue(json["data"] ?? .emptyObject),
            user: CopiedValue(json["user"] ?? .emptyObject),
            version: json["v"]?.string)
    }

    private init(name: String, data: CopiedValue, user: CopiedValue, version: String?) {
        self.name = name
        self.data = data
        self.user = user
        self.version = version
    }

    /// The lines that send events, all at once.
    static func send(_ events: [CopiedEvent]) -> [String] {
        let notes = [
            events.lazy.compactMap { $0.data.note() }.first, events.lazy.compactMap { $0.user.note("user") }.first,
        ].compactMap(\.self)
        let list =
            events.count == 1
            ? "[\(events[0].code(indent: "    "))]"
            : "[\n" + events.map { "        \($0.code(indent: "        ")),\n" }.joined() + "    ]"
        return notes + ["try await orchestrator.send(\(list))"]
    }

    private func code(indent: String) -> String {
        var parts = ["name: \(SwiftCode.literal(name))"]
        for (label, value) in [("data", data), ("user", user)] {
            guard let json = value.json, json.kind == .object, json != .emptyObject else { continue }
            parts.append("\(label): \(SwiftCode.literal(json, indent: indent))")
        }
        if let version, !version.isEmpty { parts.append("version: \(SwiftCode.literal(version))") }
        return "OutgoingEvent(\(parts.joined(separator: ", ")))"
    }
}
