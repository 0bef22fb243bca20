import JSON
import Wire

/// What happens, a line each, for people.
package final class Trace {
    package private(set) var lines: [String] = []
    private let isOn: Bool

    package init(isOn: Bool) {
        self.isOn = isOn
    }

    func add(_ time: Timestamp, _ line: @autoclosure () -> String) {
        if isOn { lines.append("\(time)  \(line())") }
    }

    /// Without what is huge.
    static func text(_ json: JSON) -> String {
        json["data"]?["big"]?.string == nil ? json.text : json.text.prefix(60) + "…"
    }

    static func text(_ outcome: CallOutcome) -> String {
        switch outcome {
        case .returned: "returned"
        case .failed(let error, let retriable, _): "failed (\(error.name)\(retriable ? ", to be tried again" : ""))"
        case .ops(let ops, _): ops.map { "\($0.code.rawValue) '\($0.label)'" }.joined(separator: ", ")
        }
    }
}
