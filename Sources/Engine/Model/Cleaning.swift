import Wire

/// What is deleted because nobody needs it any more. One look at it deletes a bounded number of rows.
package struct Cleaning: Hashable, Sendable {
    /// Keys, windows and counts that have expired by now go.
    package let now: Timestamp
    /// Runs that ended before this time go, with all that belongs to them, and events that came before it and that no
    /// run needs. Nil to keep them for ever.
    package let horizon: Timestamp?
    /// Rows that one transaction deletes, about.
    package let limit: Int

    package init(now: Timestamp, horizon: Timestamp?, limit: Int = Limits.rowsPerCleaning) {
        self.now = now
        self.horizon = horizon
        self.limit = limit
    }

    /// In microseconds since 1970. What a throttle has counted counts no more if its limit was used up until then, also
    /// for those whose clock is behind.
    package var idleBefore: Int64 { (now.milliseconds - Limits.clockSkew.milliseconds) * 1000 }
}
