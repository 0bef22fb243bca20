import Wire

// Waits for events and signals.
extension Transaction {
    package func wait(_ key: StepKey) throws -> Wait? {
        try waits.row(key) { try store.waits([key]).first }
    }

    package func insert(_ wait: Wait) {
        waits.put(wait, at: wait.key)
        switch wait.target {
        case .event(let name, _, _), .cancellation(let name, _, _):
            waitPaths[Array(name.utf8)] = nil
            waitsByKey[name] = nil
        case .invocation, .signal: break
        }
    }

    package func removeWait(_ key: StepKey) { waits.remove(key) }

    /// Waits that an event may end: those for its name whose index keys it carries.
    package func candidates(for event: Event) throws -> [Wait] {
        if waits.areChanged { try flush() }
        let name = Array(event.name.utf8)
        let paths = try waitPaths[name] ?? store.waitPaths(eventName: event.name).map(WaitPath.init)
        waitPaths[name] = paths
        guard !paths.isEmpty else { return [] }
        let keys = paths.compactMap { $0.key(of: event.json) }
        if let known = waitsByKey[event.name] {
            var found: Set<StepKey> = []
            return keys.flatMap { known[$0] ?? [] }.filter { found.insert($0.key).inserted }
        }
        let stored = try store.waits(eventName: event.name, index: keys)
        let live = stored.filter { runs[$0.key.run]?.hasEnded != true }
        // The store keeps those of runs that have ended here until it is told: each end of many would find them all.
        if live.count < stored.count { try flush() }
        return live
    }

    /// The wait that a signal ends.
    package func wait(signal: String) throws -> Wait? {
        if waits.areChanged { try flush() }
        guard let found = try store.wait(signal: signal), let owner = try run(found.key.run), !owner.hasEnded,
            let wait = try wait(found.key), wait.target == .signal(name: signal, isReplaced: false)
        else { return nil }
        return wait
    }
}
