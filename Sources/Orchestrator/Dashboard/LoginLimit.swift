import Synchronization

/// How often one may try to log in.
final class LoginLimit: Sendable {
    /// In a minute, for one name, and for all together.
    private static let perName = 10
    private static let together = 100
    private static let period = Duration.seconds(60)

    private struct Window {
        var start: ContinuousClock.Instant
        var count = 0
    }

    private let windows = Mutex<[String: Window]>([:])

    /// Counts a try. Names that nobody has count as one, so that what is kept stays small.
    /// - Returns: how long to wait, where there were too many.
    func count(_ name: String, isKnown: Bool) -> Duration? {
        windows.withLock { windows in
            let waits = [("all", Self.together), (isKnown ? "name:\(name)" : "unknown", Self.perName)].map {
                key, limit in
                var window = windows[key] ?? Window(start: .now)
                if ContinuousClock.now - window.start > Self.period { window = Window(start: .now) }
                window.count += 1
                windows[key] = window
                return window.count > limit ? Self.period - (ContinuousClock.now - window.start) : .zero
            }
            return waits.max().flatMap { $0 > .zero ? $0 : nil }
        }
    }

    /// Forgets the tries of somebody who has logged in.
    func forget(_ name: String) {
        windows.withLock { $0["name:\(name)"] = nil }
    }
}
