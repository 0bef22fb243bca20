import Wire

extension Setting {
    /// Cancels a run that is too slow.
    ///
    /// - Parameters:
    ///   - start: how long after it was scheduled a run must have begun to execute, up to 366 days.
    ///   - finish: how long after it began to execute a run must have ended, up to 366 days. A call that is open at that
    ///     moment ends, and its result is dropped.
    public static func timeouts(start: TimeSpan? = nil, finish: TimeSpan? = nil) -> Setting {
        Setting(rule: "timeouts") { flow in
            guard flow.timeouts == Timeouts() else { throw InvalidSetting.twice }
            flow.timeouts = Timeouts(start: start?.duration, finish: finish?.duration)
        }
    }
}
