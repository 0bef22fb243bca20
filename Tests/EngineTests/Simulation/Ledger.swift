import JSON
import Wire

@testable import Engine

/// Which runs the accepted events must have, by the rules and by nothing that the engine says.
struct Ledger {
    private(set) var expected: [ULID: [String]] = [:]
    private var used: [String: Timestamp] = [:]

    mutating func note(_ event: JSON, _ id: ULID, at now: Timestamp) {
        let n = event["data"]?["n"]?.int ?? 0
        let triggered: [String] =
            switch event["name"]?.string {
            case "e1": n > 2 ? ["f", "h"] : ["f"]
            case "e2", "a/b": ["g"]
            default: []
            }
        expected[id] = triggered.filter { function in
            guard let key = event["id"]?.string.map({ "\(function) \($0)" }) else { return true }
            if let until = used[key], until > now { return false }
            used[key] = now + .hours(24)
            return true
        }
    }
}
