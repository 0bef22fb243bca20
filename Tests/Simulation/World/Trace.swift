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
}
