import JSON
import Wire

/// A step that waits for something other than time.
package struct Wait: Hashable, Sendable {
    package let key: StepKey
    package let label: String
    package let registeredAt: Timestamp
    package let expiresAt: Timestamp
    package let target: Target

    package init(key: StepKey, label: String, registeredAt: Timestamp, expiresAt: Timestamp, target: Target) {
        self.key = key
        self.label = label
        self.registeredAt = registeredAt
        self.expiresAt = expiresAt
        self.target = target
    }

    /// What it waits for.
    package enum Target: Hashable, Sendable {
        /// An event of this name for which the expression, if there is one, is true. `event` in the expression is
        /// the trigger of the run. The index keys are what an event must carry to be looked at.
        case event(name: String, expression: String?, index: [IndexKey])
        /// The end of a run that this step has started; nil where the function still collects events for it.
        case invocation(run: ULID?, function: String)
        /// An event that cancels the run. No step waits for it, and no queue item belongs to it.
        case cancellation(name: String, expression: String?, index: [IndexKey])
        /// A signal of this name. One step at a time is found by it: one that was replaced waits for its time alone.
        case signal(name: String, isReplaced: Bool)
    }

    /// Where a wait is found: under a value that an event must have at a path. An empty path stands for any event.
    package struct IndexKey: Hashable, Sendable {
        package let path: String
        package let value: String

        package init(path: String, value: String) {
            self.path = path
            self.value = value
        }

        package static let any = IndexKey(path: "", value: "")
    }
}
