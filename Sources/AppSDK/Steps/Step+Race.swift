extension Step {
    /// Runs branches side by side and goes on with the first that ends, whether it returns or throws.
    ///
    /// ```swift
    /// let quote = try await step.race(
    ///     { try await step.run("ask-north") { try await north.quote(order) } },
    ///     { try await step.run("ask-south") { try await south.quote(order) } })
    /// ```
    ///
    /// A branch is any code that calls steps, several in a row too. The other branches are left as they are: steps
    /// of theirs that have begun go on, without anyone who looks at the result, and a wait that nobody awaits any more
    /// keeps its run from ending until it is over. Who wins is decided by the order in which steps finished, so it is
    /// the same in each call.
    ///
    /// - Parameter branches: two at least.
    /// - Returns: what the first branch to end returned.
    /// - Throws: what the first branch to end threw; ``Interruption`` when the run is suspended.
    public func race<Output: Sendable>(_ branches: (@Sendable () async throws -> Output)...) async throws -> Output {
        guard branches.count >= 2 else {
            throw NonRetriableError("a race has \(branches.count) branches; 2 are needed")
        }
        return try await Race.$isRunning.withValue(true) {
            try await withThrowingTaskGroup(of: Output.self) { group in
                for branch in branches { group.addTask(operation: branch) }
                defer { group.cancelAll() }
                guard let first = try await group.next() else { throw CancellationError() }
                return first
            }
        }
    }
}

/// Whether steps belong to a race: then the orchestrator calls again at the first that finishes, not at the last.
enum Race {
    @TaskLocal static var isRunning = false
}
