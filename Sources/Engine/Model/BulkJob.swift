import JSON
import Wire

/// Work on many rows, done in slices: each in a transaction of its own, so that nobody else waits for long, and so
/// that a crash loses none of it.
package struct BulkJob: Hashable, Sendable {
    package let id: ULID
    package let kind: Kind
    package let selection: RunSelection
    package let createdAt: Timestamp
    /// What the runs are told.
    package let reason: String?
    /// How many runs it is for, where that was known when it was made.
    package let expected: Int?

    package var status = Status.running
    package var endedAt: Timestamp?
    /// How many scans of the selection are done, or how many of the listed runs.
    package var position = 0
    /// The last row that was looked at: the id of a run, or the key of a collection.
    package var cursor: String?
    /// Runs that were cancelled or started, or other rows that were changed.
    package var done = 0
    /// Runs that could not be.
    package var failed = 0

    package init(
        id: ULID, kind: Kind, selection: RunSelection, createdAt: Timestamp, reason: String? = nil,
        expected: Int? = nil
    ) {
        self.id = id
        self.kind = kind
        self.selection = selection
        self.createdAt = createdAt
        self.reason = reason
        self.expected = expected
    }

    /// The names are stored.
    package enum Kind: String, Sendable, CaseIterable {
        /// Ends runs.
        case cancel
        /// Starts runs again with the same events.
        case replay
        /// Applies the rules of a new registration to what is being collected.
        case recollect
    }

    /// The names are stored and shown by the API.
    package enum Status: String, Sendable, CaseIterable {
        case running = "Running"
        case done = "Done"
        case cancelled = "Cancelled"
    }

    /// Read back from a store.
    package init?(
        id: ULID, kind: String, spec: JSON, state: JSON, status: String, createdAt: Timestamp, endedAt: Timestamp?
    ) {
        guard let kind = Kind(rawValue: kind), let selection = RunSelection(stored: spec["selection"] ?? .null),
            let status = Status(rawValue: status)
        else { return nil }
        self.init(
            id: id, kind: kind, selection: selection, createdAt: createdAt, reason: spec["reason"]?.string,
            expected: spec["expected"]?.int)
        self.status = status
        self.endedAt = endedAt
        position = state["position"]?.int ?? 0
        cursor = state["cursor"]?.string
        done = state["done"]?.int ?? 0
        failed = state["failed"]?.int ?? 0
    }

    /// What never changes.
    package var spec: JSON {
        [
            "expected": expected.map(JSON.int), "reason": reason.map(JSON.string), "selection": selection.stored,
        ]
    }

    package var state: JSON {
        [
            "cursor": cursor.map(JSON.string), "done": .int(done), "failed": .int(failed), "position": .int(position),
        ]
    }
}

/// What a job did with one run.
package struct BulkJobRun: Hashable, Sendable {
    package let job: ULID
    package let run: ULID
    /// The run that a replay started.
    package let newRun: ULID?
    /// Why it could not be done.
    package let error: String?

    package init(job: ULID, run: ULID, newRun: ULID? = nil, error: String? = nil) {
        self.job = job
        self.run = run
        self.newRun = newRun
        self.error = error
    }
}
