import Wire

extension Timestamp {
    /// What was noted at this time counts as noted now where the clock was set back since. The clocks of several
    /// orchestrators are never quite in step: what lies ahead by no more than that stays as it is, or a rule would end
    /// too early each time that one of them is behind.
    func settled(at now: Timestamp) -> Timestamp { self > now + Limits.clockSkew ? now : self }
}
