import JSON

/// What the expressions of the simulation's rules mean, worked out without the engine's evaluator.
enum Meaning {
    static let keys = ["event.data.k", "event.data.n", "'all'", "event.data.big", "int(event.data.word)"]
    static let shared = "'shared'"
    static let limitedKeys = keys + ["event.data.n > 2 ? false : event.data.k"]
    static let priorities = ["event.data.p", "event.data.n > 2 ? 90 : 0"]
    static let large = "event.data.n > 2"
    static let sameNumber = "event.data.n == async.data.n"

    /// The value of a key or priority for an event.
    static func value(of expression: String, for data: JSON) -> JSON {
        switch expression {
        case "event.data.k": data["k"] ?? .null
        case "event.data.n": data["n"] ?? .null
        case "event.data.big": data["big"] ?? .null
        case "event.data.p": data["p"] ?? .null
        case "'all'": "all"
        case shared: "shared"
        case "int(event.data.word)": .null  // it fails: the word is none, or no number
        case "event.data.n > 2 ? false : event.data.k": isLarge(data) ? .bool(false) : data["k"] ?? .null
        case "event.data.n > 2 ? 90 : 0": isLarge(data) ? 90 : 0
        default: .null
        }
    }

    /// Whether a condition holds for the event that started a run and the one that has just come.
    static func holds(_ condition: String?, for data: JSON, and other: JSON = .null) -> Bool {
        switch condition {
        case nil: true
        case large: isLarge(data)
        case sameNumber: data["n"] != nil && data["n"] == other["n"]
        default: false
        }
    }

    /// Seconds that a run is served before its neighbours.
    static func priority(_ expression: String?, for data: JSON) -> Int {
        guard let expression, let seconds = value(of: expression, for: data).double else { return 0 }
        return Int(max(-600, min(600, seconds)).rounded(.towardZero))
    }

    private static func isLarge(_ data: JSON) -> Bool { data["n"]?.int ?? 0 > 2 }
}
