import Engine
import JSON
import Stores
import Wire

/// A store that fails when it is asked to commit.
struct StoreFailure: Error {}

extension World {
    /// The orchestrator is gone from one moment to the next. Answers to what it has called come too late.
    func crash() throws {
        if one(in: 2) {
            model.coverage.note(.crashesBeforeCommit)
            trace.add(now, "crash before a commit")
            try failCommit { $0.abandon() }
        } else {
            model.coverage.note(.crashesAfterCommit)
            trace.add(now, "crash after a commit")
            // What it was about to hand out was committed; nobody gets it.
            try perform([sendEvents()])
            for node in nodes { node.store.abandon() }
        }
        try restart()
    }

    /// The disk is full for a moment: nothing has happened, and the process goes on.
    func failStore() throws {
        model.coverage.note(.storeFailures)
        trace.add(now, "the store fails")
        try failCommit()
    }

    func failCommit(_ also: @escaping (any FallibleStore) -> Void = { _ in }) throws {
        let store = store
        store.beforeCommit = { [unowned store] in
            also(store)
            throw StoreFailure()
        }
        defer { store.beforeCommit = nil }
        let event: JSON = ["name": "e1", "data": ["n": 4]]
        let batch = engine.execute([IngestEvents([event])], now: now, room: room - openCalls)
        guard batch.calls.isEmpty, batch.storeError is StoreFailure else {
            throw Violation("a commit failed, and something was handed out or nothing was said")
        }
    }

    /// Nobody is left, and as many begin anew.
    private func endAll() throws {
        for node in silent { delivered += node.answers }
        for node in nodes + silent where size > 1 { try place.note(node.id, isAlive: false) }
        (nodes, silent, holders) = ([], [], [:])
        try place.settle()
        for _ in 0..<size { try join() }
    }

    func restart() throws {
        delivered += (underway.map { FinishCall($0.call.key, lease: $0.call.lease, outcome: $0.outcome) })
        underway = []
        waiting = []
        fetches = []
        reported = [:]
        model.open = []
        lines = [:]
        // A new process counts its ids anew; in another millisecond they are later than the old ones.
        now = now + .milliseconds(1)
        // A file is free only when its owner is gone.
        try endAll()
        try perform(Reconcile())
    }
}
