import JSON

/// What real SDKs write in a registration, brought to one form.
extension Registration {
    private static let registrationKeys = [
        "appName", "appVersion", "capabilities", "deployId", "deployType", "framework", "functions", "headers",
        "idempotencyKey", "sdk", "url", "v",
    ]
    private static let functionKeys = [
        "batchEvents", "cancel", "checkpoint", "concurrency", "debounce", "id", "idempotency", "name", "priority",
        "rateLimit", "retries", "singleton", "steps", "throttle", "timeouts", "triggers",
    ]

    /// The same with the protocol's spelling of keys: one widespread server does not look at their case, so some SDKs
    /// don't either (`appname`).
    static func normalized(_ json: JSON) -> JSON {
        let spelled = spell(json, registrationKeys)
        guard let functions = spelled["functions"], functions.kind == .array else { return spelled }
        let elements = functions.elements.map { $0.kind == .object ? spell($0, functionKeys) : $0 }
        return spelled.merging(["functions": .array(elements)])
    }

    private static func spell(_ object: JSON, _ keys: [String]) -> JSON {
        var changes: [String: JSON?] = [:]
        for member in object.members {
            let key = member.key
            guard !keys.contains(key), let known = keys.first(where: { $0.lowercased() == key.lowercased() }),
                object[known] == nil
            else { continue }
            changes[key] = .some(nil)
            changes[known] = member.value
        }
        return changes.isEmpty ? object : object.merging(changes)
    }

    /// Why this orchestrator does not take apps of an SDK, if it does not.
    ///
    /// - Parameter sdk: such as `js:v3.40.1`.
    package static func objection(toSDK sdk: String) -> String? {
        guard sdk.hasPrefix("js:") else { return nil }
        let version = sdk.dropFirst(3).drop { $0 == "v" }.prefix { $0.isNumber || $0 == "." }
            .split(separator: ".").compactMap { Int($0) }
        guard version.count == 3, version[0] == 3, (22...53).contains(version[1]), version[1] < 53 || version[2] <= 1
        else { return nil }
        return "the JavaScript SDK \(sdk.dropFirst(3)) has a known security hole (CVE-2026-42047); use 3.53.2 or newer"
    }
}
