import Wire

/// An event with what came of it, read at one moment.
package struct EventOutcome: Sendable {
    package let event: StoredEvent
    /// The runs that carry it, the oldest first.
    package let runs: [Run]
    /// What collects or has collected it.
    package let collections: [ULID: Collection]
    /// The events that debounces hold, or have started runs with, in its place.
    package let laterEvents: [ULID: ULID]

    package init(
        event: StoredEvent, runs: [Run], collections: [ULID: Collection], laterEvents: [ULID: ULID] = [:]
    ) {
        self.event = event
        self.runs = runs
        self.collections = collections
        self.laterEvents = laterEvents
    }

    /// A batch or a debounce: it waits for its time, or its run has been started.
    package enum Collection: Sendable {
        case open(until: Timestamp)
        case started(Run)
        /// A later gate stopped the run.
        case stopped(Run, by: Decision)
    }
}
