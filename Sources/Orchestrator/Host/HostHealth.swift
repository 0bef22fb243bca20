import HTTPTypes
import Stores
import Synchronization

/// How the engine's thread is, as everyone may read it.
final class HostHealth: Sendable {
    private let state = Mutex(State())

    struct State {
        var isDraining = false
        var isFailing = false
    }

    func change(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }

    /// Whether requests should come to this process, and why not.
    func readiness(of member: PostgresMember?) -> (HTTPResponse.Status, String) {
        let state = state.withLock { $0 }
        if state.isDraining { return (.serviceUnavailable, "about to end") }
        if state.isFailing { return (.serviceUnavailable, "the store fails") }
        if let member, !member.isAlive { return (.serviceUnavailable, "cut off from the database") }
        return (.ok, "OK")
    }
}
