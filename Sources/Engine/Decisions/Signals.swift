import JSON
import Wire

extension Answer {
    /// Has a step wait for a signal. One step at a time waits for a name: the newer one fails, or takes its place.
    ///
    /// - Returns: whether the function can go on at once.
    mutating func awaitSignal(_ op: Op, _ key: StepKey) throws -> Bool {
        guard let signal = op.options?["signal"]?.string ?? op.name,
            (1...Limits.signalNameSize).contains(signal.utf8.count)
        else {
            try refuse(op, "opts.signal: a name of 1 to \(Limits.signalNameSize) bytes is expected")
            return false
        }
        guard let expires = try expiry(op, default: Limits.defaultSignalTimeout) else { return false }
        if let other = try transaction.wait(signal: signal), !(try replace(other, signal, op)) {
            let error = ReportedError(
                name: "SignalConflictError",
                message: "step '\(other.label)' of run \(other.key.run) already waits for the signal '\(signal)', "
                    + "and only one may; use another name, or conflict: replace")
            return try failAtOnce(op, error)
        }
        transaction.record(
            .signalAwaited, &run, step: op.id,
            detail: ["label": .string(op.label), "signal": .string(signal), "until": .string(expires.description)])
        transaction.insert(
            Wait(
                key: key, label: op.label, registeredAt: transaction.now, expiresAt: expires,
                target: .signal(name: signal, isReplaced: false)))
        try enqueue(op, .timeOut, at: expires)
        return false
    }

    /// Takes a signal from the step that waits for it, if the newer step asks for that.
    private mutating func replace(_ other: Wait, _ signal: String, _ op: Op) throws -> Bool {
        guard op.options?["conflict"]?.string == "replace" else { return false }
        transaction.insert(
            Wait(
                key: other.key, label: other.label, registeredAt: other.registeredAt, expiresAt: other.expiresAt,
                target: .signal(name: signal, isReplaced: true)))
        let detail: JSON = ["by_run": .string(run.id.description), "signal": .string(signal)]
        if other.key.run == run.id {
            transaction.record(.signalReplaced, &run, step: other.key.step, detail: detail)
        } else if var owner = try transaction.run(other.key.run) {
            transaction.record(.signalReplaced, &owner, step: other.key.step, detail: detail)
            transaction.update(owner)
        }
        return true
    }
}
