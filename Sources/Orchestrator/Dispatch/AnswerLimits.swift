/// How long others may take to answer, to the last byte.
struct AnswerLimits: Sendable {
    /// A call: the protocol's two hours.
    var call = Duration.seconds(7200)
    /// A request for a step: language models think for minutes.
    var fetch = Duration.seconds(900)
    /// A sync.
    var sync = Duration.seconds(10)
}

/// An answer was not complete in time.
struct AnswerTooLate: Error {
    let limit: Duration
}

/// Gives up what takes too long.
///
/// The client's own deadline ends with the head of an answer, and a body may come for ever.
func within<Result: Sendable>(
    _ limit: Duration, _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await work() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw AnswerTooLate(limit: limit)
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}
