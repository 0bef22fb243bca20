import Foundation
import JSON
import Wire

/// What the orchestrator answered to a request that it fulfilled.
struct APIAnswer: Sendable {
    /// The whole body; `null` where there is none.
    let json: JSON

    /// The part that was asked for.
    var data: JSON { json["data"] ?? json }

    /// The orchestrator's present when it answered.
    var now: Timestamp {
        json[path: ["metadata", "fetched_at"]]?.string.flatMap(Timestamp.init(rfc3339:)) ?? .wallClock
    }

    /// - Throws: ``CommandFailure`` for any status but 2xx, and for what is no answer of an orchestrator.
    init(status: Int, body: [UInt8], from endpoint: APIEndpoint) throws {
        let parsed = body.isEmpty ? nil : try? JSON(parsing: body)
        guard parsed != nil || (body.isEmpty && status == 204) else {
            throw CommandFailure(
                .unreachable, "what answers at \(endpoint.url) is no orchestrator: status \(status), and not JSON",
                advice: "say where the orchestrator is with --url or ORCHESTRATOR_URL")
        }
        json = parsed ?? .null
        guard !(200..<300).contains(status) else { return }
        // Of a list of events some can be in already: sending all of them again would double those.
        let accepted = json["ids"]?.elements.reduce(0) { count, _ in count + 1 } ?? 0
        let message = json["error"]?.string ?? "status \(status)"
        throw Self.failure(
            status: status, message: accepted > 0 ? "\(message) (\(accepted) events were accepted)" : message)
    }

    private static func failure(status: Int, message: String) -> CommandFailure {
        switch status {
        case 401, 403:
            CommandFailure(
                .refused, "the orchestrator refuses the credentials: \(message)",
                advice: "give its signing key in INNGEST_SIGNING_KEY or with --signing-key")
        case 404, 410: CommandFailure(.notFound, message)
        case 409: CommandFailure(.notSo, message)
        case 400, 413, 422: CommandFailure(.usage, message)
        case 429: CommandFailure(.serverError, message, advice: "the orchestrator is overloaded; try again in a moment")
        default: CommandFailure(.serverError, message, advice: "the orchestrator's log says more")
        }
    }
}

extension Timestamp {
    /// This machine's present.
    static var wallClock: Timestamp { Timestamp(Date(), rounded: .down) }
}
