import JSON
import Wire

/// One execution of a function.
package struct Run: Hashable, Sendable {
    package let id: ULID
    package let functionID: NameUUID
    /// The events that it was started with; the first is the trigger.
    package let eventIDs: [ULID]
    package let createdAt: Timestamp
    /// When it may begin: later than `createdAt` for an event whose time lies ahead.
    package let scheduledFor: Timestamp
    /// The schedule that started it.
    package let cron: String?
    /// The step of another run that waits for its result.
    package let invokedBy: StepKey?
    /// The run that it repeats.
    package let rerunOf: ULID?
    /// The batch or debounce that collected its events.
    package let batchID: ULID?
    /// The hash of the singleton's key that it holds while it lives.
    package let singleton: String?

    package var status: Status = .scheduled
    package var startedAt: Timestamp?
    package var endedAt: Timestamp?
    /// The result of a completed run, the error of a failed one.
    package var output: JSON?
    /// The protocol version that the app answered with; -1 before its first answer.
    package var requestVersion = -1
    /// Whether steps are in flight side by side, so that calls have to plan steps instead of running them.
    package var forcePlan = false
    /// Steps that were reported and are not finished.
    package var pending = 0
    /// Of those, how many were found in a race: nothing waits for all of them.
    package var racing = 0
    /// Steps that are finished: the length of the stack.
    package var stepCount = 0
    /// Bytes of memoized values.
    package var stateSize = 0
    /// The number of the next history entry.
    package var historyCount = 0
    /// What the rules of its function made of its first event; nil where none had to be asked yet.
    package var flow: RunFlow?
    /// The gate of which it holds a slot as a whole run.
    package var slot: GateID?
    /// How many starts of other functions it has asked for at its end.
    package var deferCount = 0
    /// Bytes of what was noted about it from outside its steps.
    package var metadataSize = 0

    package init(
        id: ULID, functionID: NameUUID, eventIDs: [ULID], createdAt: Timestamp, scheduledFor: Timestamp,
        cron: String? = nil, invokedBy: StepKey? = nil, rerunOf: ULID? = nil, batchID: ULID? = nil,
        singleton: String? = nil
    ) {
        self.id = id
        self.functionID = functionID
        self.eventIDs = eventIDs
        self.createdAt = createdAt
        self.scheduledFor = scheduledFor
        self.cron = cron
        self.invokedBy = invokedBy
        self.rerunOf = rerunOf
        self.batchID = batchID
        self.singleton = singleton
    }

    package var hasEnded: Bool { status.isFinal }

    /// Whether the function is asked how it goes on when a step has finished: once all that it waits for are there;
    /// after each one before version 2.
    package var goesOn: Bool { pending == racing || requestVersion < 2 }

    /// The states of a run. The numbers are stored.
    package enum Status: Int, Sendable, CaseIterable {
        case scheduled = 0
        case running = 1
        case completed = 2
        case failed = 3
        case cancelled = 4
        /// It was recorded, and never carried out.
        case skipped = 5

        /// Those of runs that have not ended.
        package static let live: Set<Status> = [.scheduled, .running]
        package static let final = Set(allCases).subtracting(live)

        package var isFinal: Bool { self != .scheduled && self != .running }

        /// The name that the API uses.
        package var name: String {
            switch self {
            case .scheduled: "Queued"
            case .running: "Running"
            case .completed: "Completed"
            case .failed: "Failed"
            case .cancelled: "Cancelled"
            case .skipped: "Skipped"
            }
        }

        package init?(name: String) {
            guard let status = Self.allCases.first(where: { $0.name.lowercased() == name.lowercased() }) else {
                return nil
            }
            self = status
        }
    }
}

/// A finished step with its memoized value, in the shape that calls carry.
package struct Step: Hashable, Sendable {
    package let run: ULID
    package let id: StepID
    /// Its place in the stack.
    package let position: Int
    package let label: String
    /// `{"data":…}`, `{"error":…}`, an event, or `null`.
    package let value: JSON

    package init(run: ULID, id: StepID, position: Int, label: String, value: JSON) {
        self.run = run
        self.id = id
        self.position = position
        self.label = label
        self.value = value
    }
}
