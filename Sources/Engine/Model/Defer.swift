import JSON
import Wire

/// A function that a run wants started when it ends.
package struct Defer: Hashable, Sendable {
    package let run: ULID
    package let id: StepID
    /// In the order in which the run asked.
    package let number: Int
    package let label: String
    /// The slug of the function to start.
    package let function: String
    package let input: JSON
    package var status: Status

    package init(
        run: ULID, id: StepID, number: Int, label: String, function: String, input: JSON, status: Status
    ) {
        self.run = run
        self.id = id
        self.number = number
        self.label = label
        self.function = function
        self.input = input
        self.status = status
    }

    /// The numbers are stored.
    package enum Status: Int, Sendable {
        case scheduled = 0
        /// The run took it back.
        case aborted = 1
        /// It broke a limit; nothing is started.
        case rejected = 2
    }
}
