import Foundation
import Synchronization
import Wire

/// What the app with rules saw: its calls, as long as it was at work on them.
final class RuleLedger: Sendable {
    struct Call: Sendable {
        let function: String
        let run: ULID
        /// The hash of the step that it is to run; empty for one that is to find steps.
        let step: String
        /// The key of the event that the call is about.
        let key: String
        /// When the orchestrator leased it: the time in the call's id.
        let leasedAt: Timestamp
        let arrivedAt: Timestamp
        /// When the app was done with it.
        var endedAt: Timestamp?
    }

    private let calls = Mutex<[Call]>([])

    var seen: [Call] { calls.withLock { $0 } }

    static var now: Timestamp { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    /// Returns the number of the call, to be ended with.
    func arrived(_ request: CallRequest, of function: String) -> Int {
        let call = Call(
            function: function, run: request.runID, step: request.targetStep?.hash ?? "",
            key: request.events.first?["data"]?["key"]?.string ?? "",
            leasedAt: ULID(request.requestID)?.time ?? Timestamp(milliseconds: 0), arrivedAt: Self.now)
        return calls.withLock { calls in
            calls.append(call)
            return calls.count - 1
        }
    }

    func ended(_ number: Int) {
        let now = Self.now
        calls.withLock { $0[number].endedAt = now }
    }
}
