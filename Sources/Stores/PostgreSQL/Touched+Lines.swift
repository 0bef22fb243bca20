import Engine
import Wire

/// What was changed, as text that fits into notifications, which have room for 8,000 bytes.
extension Touched {
    private static let idsPerLine = 250
    /// What viewers miss beyond that they see at their next look.
    private static let mostLines = 20

    /// Each begins with what it lists: `r` runs, `e` events, `a` that an app has changed.
    var lines: [String] {
        var lines = Self.lines("r", Array(runs)) + Self.lines("e", events)
        if apps { lines.append("a") }
        return Array(lines.prefix(Self.mostLines))
    }

    private static func lines(_ kind: String, _ ids: [ULID]) -> [String] {
        stride(from: 0, to: ids.count, by: idsPerLine).map { start in
            ([kind] + ids[start..<min(start + idsPerLine, ids.count)].map(\.description)).joined(separator: " ")
        }
    }

    init?(line: String) {
        let words = line.split(separator: " ")
        let ids = words.dropFirst().compactMap { ULID(String($0)) }
        self.init()
        switch words.first {
        case "r": runs = Set(ids)
        case "e": events = ids
        case "a": apps = true
        default: return nil
        }
    }
}
