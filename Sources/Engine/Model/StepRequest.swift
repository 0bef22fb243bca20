import JSON
import Wire

/// An HTTP request that the orchestrator makes for a step, as the app reported it.
package struct StepRequest: Hashable, Sendable {
    package let key: StepKey
    package let purpose: Purpose
    /// The options of the op. They may hold keys of other services: they are shown nowhere, and go with the step.
    package let options: JSON

    package init(key: StepKey, purpose: Purpose, options: JSON) {
        self.key = key
        self.purpose = purpose
        self.options = options
    }

    /// The names are stored.
    package enum Purpose: String, Sendable {
        case fetch
        case inference
    }
}

/// A request that the engine has leased. It is made after the commit; a crash before its answer is committed makes it
/// due again.
package struct Fetch: Sendable {
    package let key: QueueItem.Key
    /// The step as its function names it.
    package let label: String
    package let lease: ULID
    package let request: StepRequest
}
