import Engine
import Stores
import Wire

/// An orchestrator: what is gone when its process is.
final class Node {
    let id: ULID
    let store: any FallibleStore
    let engine: Engine
    /// While it does nothing: what it has open, and answers that it has not passed on.
    var underway: [(call: Call, outcome: CallOutcome)] = []
    var fetches: [Fetch] = []
    /// Whether its process is gone for good.
    var isGone = false

    var answers: [FinishCall] { underway.map { FinishCall($0.call.key, lease: $0.call.lease, outcome: $0.outcome) } }

    /// - Parameter boot: which process it is of those that there were.
    init(_ place: Place, boot: UInt64, seed: UInt64) throws {
        id = ULID(time: Timestamp(milliseconds: 0), random: UInt128(boot + 1))
        store = try place.open(as: id)
        engine = try Engine(store: store, ids: ULIDSource(generator: SeededGenerator(seed: seed)))
    }
    /// Has something happen in the midst of its transactions.
    ///
    /// - Parameter isEarly: when it has decided, and has written nothing yet; otherwise when all is written but for the
    ///   commit.
    func interrupt(isEarly: Bool, _ body: @escaping () throws -> Void) {
        if isEarly, let store = store as? PostgresStore { return store.beforeWrite = body }
        let store = store
        store.beforeCommit = { [unowned store] in
            // What was written is on the server, and what it has locked is locked.
            _ = try store.catalogVersion()
            try body()
        }
    }

    func goOn() {
        (store as? PostgresStore)?.beforeWrite = nil
        store.beforeCommit = nil
    }
}
