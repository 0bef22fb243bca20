import Logging
import Synchronization
import Wire

/// Logs why syncs fail, without repeating itself as often as an orchestrator asks.
///
/// Orchestrators that look for apps ask every few seconds, for as long as it takes. What is new is logged at once;
/// what repeats is logged again after a second, two, four, and so on, every ten minutes in the end.
final class SyncFailureLog: Sendable {
    private struct State {
        var message: String?
        var silentUntil = Timestamp(milliseconds: 0)
        var silence = Duration.zero
        var unlogged = 0
    }

    private let state = Mutex(State())

    static let longestSilence = Duration.seconds(600)

    func log(_ message: String, at now: Timestamp, to logger: Logger) {
        let line: String? = state.withLock { state in
            if state.message != message {
                state = State(message: message)
            } else if now < state.silentUntil {
                state.unlogged += 1
                return nil
            }
            let repeats = state.unlogged == 0 ? "" : " (\(state.unlogged) more since the last line)"
            state.silence = min(max(state.silence * 2, .seconds(1)), Self.longestSilence)
            state.silentUntil = now + state.silence
            state.unlogged = 0
            return "sync failed: \(message)\(repeats)"
        }
        if let line { logger.error("\(line)") }
    }

    /// A sync has succeeded: the next failure is new.
    func reset() { state.withLock { $0 = State() } }
}
