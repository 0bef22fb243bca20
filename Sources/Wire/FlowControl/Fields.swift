import JSON

/// An object of a registration that is read field by field. `null` and empty texts count as absent, as some apps send
/// all fields.
struct Fields {
    let json: JSON
    /// Where the object stands in the function's registration; empty for the function itself.
    let path: String
    let function: String

    init(_ json: JSON, path: String, function: String) {
        self.json = json
        self.path = path
        self.function = function
    }

    func refuse(_ key: String, _ reason: String, _ code: Syscode = .configuration) -> InvalidFunction {
        InvalidFunction(function: function, "\(name(key)): \(reason)", code)
    }

    func name(_ key: String) -> String {
        if path.isEmpty { key } else if key.isEmpty { path } else { "\(path).\(key)" }
    }

    func value(_ key: String) -> JSON? { json[key].flatMap { $0.isNull ? nil : $0 } }

    func object(_ key: String) throws(InvalidFunction) -> Fields? {
        guard let value = value(key) else { return nil }
        guard value.kind == .object else { throw refuse(key, "an object is expected, not \(value.summary)") }
        return Fields(value, path: name(key), function: function)
    }

    func text(_ key: String, _ code: Syscode = .configuration) throws(InvalidFunction) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.string else { throw refuse(key, "a text is expected, not \(value.summary)", code) }
        return text.isEmpty ? nil : text
    }

    /// A whole number, as a number or a text.
    func int(
        _ key: String, in range: ClosedRange<Int>, _ code: Syscode = .configuration
    ) throws(InvalidFunction) -> Int? {
        guard let value = value(key) else { return nil }
        return try int(value, key, in: range, code)
    }

    func int(
        _ value: JSON, _ key: String, in range: ClosedRange<Int>, _ code: Syscode
    ) throws(InvalidFunction) -> Int {
        guard let number = value.int ?? value.string.flatMap({ Int($0) }) else {
            throw refuse(key, "a whole number is expected, not \(value.summary)", code)
        }
        guard range.contains(number) else {
            let bound =
                range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            throw refuse(key, "\(number); \(bound) is possible", code)
        }
        return number
    }

    /// A length of time.
    func duration(
        _ key: String, in range: ClosedRange<Duration>, _ code: Syscode = .configuration
    ) throws(InvalidFunction) -> Duration? {
        guard let value = value(key), value.string != "" else { return nil }
        guard let duration = value.string.flatMap(TimeString.parse) else {
            throw refuse(key, "a time such as '10s', '5m' or '1h30m' is expected, not \(value.summary)", code)
        }
        guard range.contains(duration) else {
            let (least, most) = (TimeString.format(range.lowerBound), TimeString.format(range.upperBound))
            throw refuse(key, "\(value.summary); \(least) to \(most) is possible", code)
        }
        return duration
    }

    /// A value that must be there.
    func required<Value>(_ key: String, _ value: Value?, _ code: Syscode = .configuration) throws(InvalidFunction)
        -> Value
    {
        guard let value else { throw refuse(key, "missing", code) }
        return value
    }
}

extension JSON {
    /// Short enough for an error.
    fileprivate var summary: String {
        let text = text
        return text.count <= 64 ? text : "\(text.prefix(64))…"
    }
}
