import JSON
import Wire

/// Takes events in, in their order.
package struct IngestEvents: Command {
    private let events: [JSON]
    private let seed: ULID?

    /// - Parameters:
    ///   - events: as they came; they are checked here.
    ///   - seed: the id of the first event, from the sender: a request that is sent again makes the same ids, and
    ///     what is known by its id is not taken in twice.
    package init(_ events: [JSON], seed: ULID? = nil) {
        self.events = events
        self.seed = seed
    }

    /// The ids of the accepted events, and why the one after them is refused.
    package struct Outcome: Sendable {
        package var ids: [ULID] = []
        package var error: InvalidEvent?
    }

    package func name(in footprint: inout Footprint) {
        for (index, event) in events.enumerated() {
            if let name = event["name"]?.string { footprint.waitPaths.insert(name) }
            if let seed { footprint.events.insert(ULID(seed.value &+ UInt128(index))) }
        }
    }

    package func foresee(in foresight: inout Foresight, of transaction: Transaction) {
        // The id of an event is of no account for most keys.
        for event in events {
            guard let event = try? Event(event, internalID: seed ?? ULID(0), received: transaction.now) else { return }
            foresight.note(event, of: transaction)
        }
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> Outcome {
        var outcome = Outcome()
        do {
            for (index, raw) in events.enumerated() {
                let id = seed.map { ULID($0.value &+ UInt128(index)) } ?? transaction.newID()
                let event = try Event(raw, internalID: id, received: transaction.now)
                if try seed == nil || transaction.events([id]).isEmpty { try transaction.take(in: event) }
                outcome.ids.append(id)
            }
        } catch let error as InvalidEvent {
            outcome.error = error
        }
        return outcome
    }
}
