import JSON

/// One run at a time, in all or for each value of a key.
package struct Singleton: Hashable, Sendable {
    package var key: String?
    package var mode: Mode

    /// Which of two runs stays.
    package enum Mode: String, Hashable, Sendable, CaseIterable {
        /// The one under way.
        case skip
        /// The new one.
        case cancel
    }

    package init(key: String? = nil, mode: Mode) {
        self.key = key
        self.mode = mode
    }

    init(_ fields: Fields) throws(InvalidFunction) {
        key = try fields.text("key")
        let name = try fields.text("mode") ?? Mode.skip.rawValue
        guard let mode = Mode(rawValue: name.lowercased()) else {
            throw fields.refuse("mode", "'\(name.prefix(64))' is neither skip nor cancel")
        }
        self.mode = mode
    }

    var json: JSON { ["key": key.map(JSON.string), "mode": .string(mode.rawValue)] }
}
