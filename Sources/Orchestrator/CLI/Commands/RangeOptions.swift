import ArgumentParser
import Wire

/// Which part of a list is wanted.
struct RangeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many at most.", valueName: "number"))
    var limit = 20

    @Option(
        help: ArgumentHelp(
            "Only those after this time: 2026-11-23T12:00:00Z, or 1h for an hour ago.", valueName: "time"))
    var after: TimeArgument?

    @Option(help: ArgumentHelp("Only those before this time.", valueName: "time"))
    var before: TimeArgument?

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit is a number from 1 to 10000") }
    }

    /// The times as the API takes them.
    func resolved(_ session: ClientSession) async throws -> (after: String?, before: String?) {
        let isRelative = [after, before].contains { $0?.isRelative ?? false }
        let now: Timestamp = isRelative ? try await session.api.now() : .wallClock
        return (after?.resolved(now: now).description, before?.resolved(now: now).description)
    }
}
