import Wire

// Events that come of the end of a run.
extension Transaction {
    /// Notes an event that is to be taken in next.
    ///
    /// - Parameter started: the functions to start instead of those that its name triggers.
    func takeNext(_ event: Event, starting started: [FunctionRecord]? = nil) {
        consequences.append((event, started))
    }

    /// Takes in what was noted, and what comes of that, in this order. A loop: an event may end thousands of runs, and
    /// the end of each may end others, deeper than a stack reaches.
    func takeConsequences() throws {
        guard !takesConsequences else { return }
        takesConsequences = true
        defer { takesConsequences = false }
        while !consequences.isEmpty {
            let events = consequences
            consequences.removeAll()
            for (event, started) in events { try take(in: event, starting: started) }
        }
    }
}
