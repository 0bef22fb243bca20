import Foundation

/// Where the orchestrator is.
struct APIEndpoint: Hashable, Sendable {
    /// Without a slash at the end.
    let url: String

    /// Nil where the text is no HTTP URL.
    init?(_ text: String) {
        guard let parts = URLComponents(string: text), ["http", "https"].contains(parts.scheme?.lowercased()),
            let host = parts.host, !host.isEmpty, parts.query == nil, parts.fragment == nil
        else { return nil }
        var trimmed = Substring(text)
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        url = String(trimmed)
    }

    static let defaultURL = "http://127.0.0.1:8288"

    /// Why there is no answer.
    func failure(of error: any Error) -> CommandFailure {
        let reason = "\(error)"
        guard !reason.contains("deadlineExceeded"), !reason.contains("readTimeout") else {
            return CommandFailure(
                .unreachable, "the orchestrator at \(url) did not answer in time",
                advice: "look at its log; it may be overloaded, or the URL may lead elsewhere")
        }
        return CommandFailure(
            .unreachable, "no orchestrator answers at \(url)",
            advice: "start one with `orchestrator dev`, or say where it is with --url or ORCHESTRATOR_URL")
    }
}
