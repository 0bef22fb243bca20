import JSON
import Wire

/// What the orchestrator says of a step in a call.
enum Memo: Sendable {
    /// It has finished.
    case value(JSON)
    /// It has failed for good.
    case failure(ReportedError)
    /// It is to be run, with other input than the function gives.
    case input([JSON])

    init(_ json: JSON) {
        self = .value(json)
        var members = json.members
        guard let only = members.next(), members.next() == nil else { return }
        switch only.key {
        case "data": self = .value(only.value)
        case "error": self = .failure(ReportedError(only.value))
        case "input" where only.value.kind == .array: self = .input(Array(only.value.elements))
        default: break
        }
    }
}
