import Foundation

/// The event that starts a run of a function with a cron trigger.
public struct CronTick: EventPayload, Hashable {
    /// The name under which the orchestrator makes it.
    public static let eventName = "inngest/scheduled.timer"

    /// The cron expression that fired.
    public var cron: String
    /// The time that the expression asked for; nil where the orchestrator does not tell.
    public var scheduledAt: Date?
    /// The time after jitter was added; nil where the orchestrator does not tell.
    public var fireAt: Date?

    /// Makes a tick, for tests.
    public init(cron: String, scheduledAt: Date? = nil, fireAt: Date? = nil) {
        self.cron = cron
        self.scheduledAt = scheduledAt
        self.fireAt = fireAt
    }
}
