import JSON
import Wire

/// What the orchestrator remembers of a finished step.
enum Memo: Sendable {
    case value(JSON)
    case failure(ReportedError)

    /// Reads a memoized step; nil where the step is still to be run, with other input.
    init?(_ json: JSON) {
        var members = json.members
        guard let only = members.next(), members.next() == nil else {
            self = .value(json)
            return
        }
        switch only.key {
        case "data": self = .value(only.value)
        case "error": self = .failure(ReportedError(only.value))
        case "input": return nil
        default: self = .value(json)
        }
    }
}
