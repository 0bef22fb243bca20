import Foundation
import Wire

/// The URL of a call: the registered one with its `stepId` set.
enum CallURL {
    /// Whether calls can be made to a URL: HTTP or HTTPS, with a host.
    static func isCallable(_ url: String) -> Bool {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty else { return false }
        return ["http", "https"].contains(parts.scheme?.lowercased()) && (0...65_535).contains(parts.port ?? 0)
    }

    /// Whether two URLs have scheme, host and port in common.
    static func isSameOrigin(_ left: String, _ right: String) -> Bool {
        func origin(_ url: String) -> [String]? {
            guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased() else { return nil }
            return [scheme, parts.host?.lowercased() ?? "", String(parts.port ?? (scheme == "https" ? 443 : 80))]
        }
        guard let left = origin(left), let right = origin(right) else { return false }
        return left == right
    }

    /// Whether two URLs name the same host, whatever the scheme and the port.
    static func isSameHost(_ left: String, _ right: String) -> Bool {
        guard let host = URLComponents(string: left)?.host else { return false }
        return host.lowercased() == URLComponents(string: right)?.host?.lowercased()
    }

    static func make(_ registered: String, step: StepID?) -> String {
        let value = step?.hash ?? "step"
        guard let question = registered.firstIndex(of: "?") else { return registered + "?stepId=\(value)" }
        let base = registered[...question]
        var parameters = registered[registered.index(after: question)...].split(separator: "&")
            .filter { !$0.hasPrefix("stepId=") }
        parameters.append("stepId=\(value)")
        return base + parameters.joined(separator: "&")
    }

    /// The target of a redirect: absolute, or relative to the URL that was called; the query is carried over where
    /// the target has none.
    static func redirect(_ location: String, from url: String) -> String? {
        var target = location
        if !location.contains("://") {
            guard let scheme = url.range(of: "://") else { return nil }
            let authorityEnd = url[scheme.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
            let origin = url[..<authorityEnd]
            let path = url[authorityEnd...].prefix { $0 != "?" }
            let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
            target = location.hasPrefix("/") ? origin + location : origin + folder + location
        }
        // What runs have remembered is not sent in clear because a redirect asks for it.
        if url.lowercased().hasPrefix("https:"), !target.lowercased().hasPrefix("https:") { return nil }
        if !target.contains("?"), let question = url.firstIndex(of: "?") { target += url[question...] }
        return target
    }
}
