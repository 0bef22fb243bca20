import Wire

/// When a run was made, began and ended.
package struct RunTimes: Hashable, Sendable {
    package let status: Run.Status
    package let createdAt: Timestamp
    package let scheduledFor: Timestamp
    package let startedAt: Timestamp?
    package let endedAt: Timestamp?

    package init(
        status: Run.Status, createdAt: Timestamp, scheduledFor: Timestamp, startedAt: Timestamp?, endedAt: Timestamp?
    ) {
        self.status = status
        self.createdAt = createdAt
        self.scheduledFor = scheduledFor
        self.startedAt = startedAt
        self.endedAt = endedAt
    }
}

/// Which failures, and over which intervals they are counted.
package struct FailureQuery: Sendable {
    package var since: Timestamp
    package var until: Timestamp
    /// Any of these functions; nil for all.
    package var functions: [NameUUID]?
    package var group: String?
    /// The length of the intervals, from ``since`` on.
    package var interval: Duration
    /// How many failures are counted, the latest first.
    package var limit: Int

    package init(since: Timestamp, until: Timestamp, interval: Duration, limit: Int) {
        self.since = since
        self.until = until
        self.interval = interval
        self.limit = limit
    }

    package func interval(of time: Timestamp) -> Int {
        Int((time - since).milliseconds / max(1, interval.milliseconds))
    }
}

/// Failures brought together by function, step and error.
package struct FailureGroups: Sendable {
    /// Those with the latest failures first.
    package let groups: [FailureGroup]
    /// Whether there are more failures than were counted.
    package let isTruncated: Bool

    package init(groups: [FailureGroup], isTruncated: Bool) {
        self.groups = groups
        self.isTruncated = isTruncated
    }
}

/// Runs that failed for the same reason.
package struct FailureGroup: Sendable {
    /// The latest of them.
    package let latest: Failure
    package let firstAt: Timestamp
    package let count: Int
    /// How many of them were not run again.
    package let open: Int
    /// How many failed in each interval, by its number; those in which none did are missing.
    package let intervals: [Int: Int]

    package init(latest: Failure, firstAt: Timestamp, count: Int, open: Int, intervals: [Int: Int]) {
        self.latest = latest
        self.firstAt = firstAt
        self.count = count
        self.open = open
        self.intervals = intervals
    }
}
