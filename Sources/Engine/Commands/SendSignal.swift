import JSON
import Wire

/// Ends the wait of the one step that waits for a signal.
package struct SendSignal: Command {
    private let signal: String
    private let data: JSON

    package init(_ signal: String, data: JSON) {
        self.signal = signal
        self.data = data
    }

    /// - Returns: the run that goes on; nil where nobody waits. A signal is not kept for later.
    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> ULID? {
        guard let wait = try transaction.wait(signal: signal), wait.expiresAt > transaction.now,
            var run = try transaction.run(wait.key.run), !run.hasEnded
        else { return nil }
        transaction.record(.signalReceived, &run, step: wait.key.step, detail: ["signal": .string(signal)])
        let value: JSON = ["data": ["data": data, "signal": .string(signal)]]
        try transaction.finish(wait.key.step, of: &run, label: wait.label, value: value)
        transaction.update(run)
        return run.id
    }
}
