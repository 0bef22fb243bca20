import JSON
import Wire

/// Which runs a bulk job is for.
package struct RunSelection: Hashable, Sendable {
    /// In this order; nil for the runs of all functions.
    package var functions: [NameUUID]?
    package var statuses: Set<Run.Status>
    /// Runs created at or after this time.
    package var since: Timestamp?
    /// Runs created before this time; nil for all that there are when the job is made.
    package var until: Timestamp?
    /// An expression over `event`, which started the run, and ``variables``.
    package var condition: String?
    /// These alone, of those that the rest selects.
    package var runs: [ULID]?
    /// Runs that failed for this reason (``Failure/group``) and were not run again; ``since`` and ``until`` are about
    /// when they failed.
    package var failure: String?
    /// Set where the runs of a paused function are ended: once it goes on, the others are left alone.
    package var pausedSince: Timestamp?

    /// What a condition may ask besides the event: what the run returned, and, where it failed, why.
    static let variables = ["output", "error"]

    package init(
        functions: [NameUUID]? = nil, statuses: Set<Run.Status>, since: Timestamp? = nil, until: Timestamp? = nil,
        condition: String? = nil, runs: [ULID]? = nil, failure: String? = nil
    ) {
        self.functions = functions
        self.statuses = statuses
        self.since = since
        self.until = until
        self.condition = condition
        self.runs = runs
        self.failure = failure
    }

    /// Whether all that can be told from a run's own row is right.
    func holds(_ run: Run) -> Bool {
        let time = failure == nil ? run.createdAt : run.endedAt ?? run.createdAt
        return statuses.contains(run.status) && until.map { time < $0 } ?? true && since.map { time >= $0 } ?? true
            && functions?.contains(run.functionID) ?? true
    }

    package init?(stored json: JSON) {
        guard let statuses = json["statuses"] else { return nil }
        self.init(
            functions: json["functions"]?.elements.compactMap { $0.string.map(NameUUID.init(stored:)) },
            statuses: Set(statuses.elements.compactMap { $0.int.flatMap(Run.Status.init(rawValue:)) }),
            since: json["since"]?.int.map { Timestamp(milliseconds: Int64($0)) },
            until: json["until"]?.int.map { Timestamp(milliseconds: Int64($0)) }, condition: json["if"]?.string,
            runs: json["runs"]?.elements.compactMap { $0.string.flatMap(ULID.init) },
            failure: json["failure"]?.string)
        pausedSince = json["paused_since"]?.int.map { Timestamp(milliseconds: Int64($0)) }
    }

    package var stored: JSON {
        [
            "failure": failure.map(JSON.string),
            "functions": functions.map { .array($0.map { .string($0.description) }) },
            "if": condition.map(JSON.string), "paused_since": pausedSince.map { .int($0.milliseconds) },
            "runs": runs.map { .array($0.map { .string($0.description) }) },
            "since": since.map { .int($0.milliseconds) },
            "statuses": .array(statuses.map(\.rawValue).sorted().map(JSON.int)),
            "until": until.map { .int($0.milliseconds) },
        ]
    }
}

/// A look over the runs of one status, of a function or of all, in the order of their ids.
package struct RunScan: Hashable, Sendable {
    package var function: NameUUID?
    package var status: Run.Status
    /// Runs after this one.
    package var after: ULID
    /// Runs before this one.
    package var before: ULID
    package var limit: Int
    /// Those alone that failed for this reason and were not run again.
    package var failure: String?

    package init(
        function: NameUUID?, status: Run.Status, after: ULID, before: ULID, limit: Int, failure: String? = nil
    ) {
        self.function = function
        self.failure = failure
        self.status = status
        self.after = after
        self.before = before
        self.limit = limit
    }
}
