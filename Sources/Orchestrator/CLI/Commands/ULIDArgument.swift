import ArgumentParser
import Wire

/// The id of a run or an event. Whole ids only: a part could mean another one tomorrow.
struct ULIDArgument: ExpressibleByArgument, Sendable {
    let text: String

    init?(argument: String) {
        guard let id = ULID(argument) else { return nil }
        text = id.description
    }
}
