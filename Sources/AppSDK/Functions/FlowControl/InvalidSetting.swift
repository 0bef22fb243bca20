import Wire

/// What is wrong with a setting of a function.
struct InvalidSetting: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    static let twice = InvalidSetting("given twice; leave one out")
}

extension Setting {
    /// A rule of flow control; what is wrong with it is said under its name.
    init(rule name: String, _ apply: @escaping @Sendable (inout FlowControl) throws -> Void) {
        self.init { settings in
            do {
                try apply(&settings.flow)
            } catch {
                throw InvalidSetting("\(name): \(explanation(of: error))")
            }
        }
    }

    static func once<Rule>(_ rule: Rule?) throws {
        if rule != nil { throw InvalidSetting.twice }
    }

    static func atLeastOne(_ count: Int, _ name: String = "limit") throws -> Int {
        guard count >= 1 else { throw InvalidSetting("a \(name) of 1 or more is expected, not \(count)") }
        return count
    }
}

extension FieldPath {
    /// The field of the event that started a run, in CEL.
    var eventField: String { "event.data\(cel)" }
}
