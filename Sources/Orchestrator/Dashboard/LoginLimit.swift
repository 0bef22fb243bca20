import Synchronization

/// How often one may try to log in. Refused tries count nowhere, or whoever goes on trying would keep others out.
final class LoginLimit: Sendable {
    /// In a minute, for one name from one address; a token is longer than anybody could guess.
    private static let perName = 10
    /// For one address, whatever the name.
    private static let perAddress = 100
    /// For all together, with names that there are: what the processor has time for.
    private static let together = 6000
    private static let period = Duration.seconds(60)
    /// Windows that are kept.
    private static let maximumWindows = 20_000

    private struct Window {
        let start = ContinuousClock.now
        var count = 0

        var left: Duration { LoginLimit.period - (ContinuousClock.now - start) }
    }

    private enum Key: Hashable {
        case name(String, address: String)
        case address(String)
        case together
    }

    private let windows = Mutex<[Key: Window]>([:])

    /// Counts a try.
    /// - Returns: how long to wait, where there were too many.
    func count(_ name: String, isKnown: Bool, from address: String) -> Duration? {
        var limits: [(key: Key, limit: Int)] = [(.address(address), Self.perAddress)]
        if name != DashboardUsers.tokenName {
            limits.append((.name(String(name.prefix(100)), address: address), Self.perName))
        }
        if isKnown { limits.append((.together, Self.together)) }
        return windows.withLock { windows in
            if windows.count > Self.maximumWindows { windows = windows.filter { $0.value.left > .zero } }
            // More addresses than anybody logs in from.
            guard windows.count <= Self.maximumWindows else { return Self.period }
            for (key, _) in limits where windows[key].map({ $0.left <= .zero }) ?? false { windows[key] = nil }
            let full = limits.compactMap { key, limit in windows[key].flatMap { $0.count >= limit ? $0.left : nil } }
            if let wait = full.max() { return wait }
            for (key, _) in limits { windows[key, default: Window()].count += 1 }
            return nil
        }
    }

    /// Forgets the tries of somebody who has logged in.
    func forget(_ name: String, from address: String) {
        windows.withLock { $0[.name(name, address: address)] = nil }
    }
}
