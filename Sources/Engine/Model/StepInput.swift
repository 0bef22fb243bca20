import JSON
import Wire

/// The arguments that a step of a rerun is given instead of those in the code: `{"input":[…]}` in its calls.
package struct StepInput: Hashable, Sendable {
    package let key: StepKey
    package let input: JSON

    package init(key: StepKey, input: JSON) {
        self.key = key
        self.input = input
    }
}
