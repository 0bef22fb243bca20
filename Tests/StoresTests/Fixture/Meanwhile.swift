import Foundation
import Synchronization

@testable import Stores

extension Cluster {
    /// Has a node do something on a thread of its own while another one is in a transaction. Returns when that is done,
    /// or when it waits for a lock.
    func meanwhile(on node: Int, _ work: @escaping (Cluster) throws -> Void) throws -> Meanwhile {
        let backend = try stores[node].connection().rows("SELECT pg_backend_pid()") { $0.int(0) }.first ?? 0
        let other = Meanwhile(self, work)
        let observer = try PostgresConnection(address)
        while !other.isDone {
            let waits = try observer.rows(
                "SELECT 1 FROM pg_locks WHERE pid = $1::bigint AND NOT granted", [.int(backend)]
            ) { _ in true }
            if !waits.isEmpty { break }
        }
        return other
    }
}

/// Something that happens on another thread.
final class Meanwhile: Sendable {
    private let result = Mutex<Result<Void, any Error>?>(nil)
    private let ended = DispatchSemaphore(value: 0)

    init(_ cluster: Cluster, _ work: @escaping (Cluster) throws -> Void) {
        // The node that is at work on the thread is used by nobody else until `finish()` returns.
        nonisolated(unsafe) let job = { try work(cluster) }
        Thread.detachNewThread { [self] in
            let outcome = Result { try job() }
            result.withLock { $0 = outcome }
            ended.signal()
        }
    }

    var isDone: Bool { result.withLock { $0 != nil } }

    /// Waits for its end.
    func finish() throws {
        ended.wait()
        try result.withLock { $0 }?.get()
    }
}
