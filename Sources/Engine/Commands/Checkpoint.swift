import JSON
import Wire

/// Takes in steps that an app reports while its function goes on. The call stays open and keeps its lease.
package struct Checkpoint: Command {
    private let run: ULID
    private let function: String?
    private let lease: ULID?
    private let ops: [Op]

    /// - Parameters:
    ///   - function: the id of the function as the call had it; nil where the app does not say.
    ///   - lease: the `qi_id` of the call.
    package init(run: ULID, function: String?, lease: ULID?, ops: [Op]) {
        self.run = run
        self.function = function
        self.lease = lease
        self.ops = ops
    }

    package func name(in footprint: inout Footprint) {
        footprint.runs.insert(run)
        footprint.queueItems.insert(.run(run))
        footprint.steps.formUnion(ops.map { StepKey(run: run, step: $0.id) })
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws {
        if let op = ops.first(where: { !$0.isCheckpoint }) {
            throw Refusal(
                .invalid,
                "steps: a \(op.code.rawValue) is no checkpoint; report '\(op.label)' in the answer of the call")
        }
        guard let known = try transaction.run(run) else { throw Refusal(.notFound, "there is no run \(run)") }
        if let function, function != known.functionID.description {
            throw Refusal(.invalid, "fn_id: run \(run) is not of the function \(function.prefix(64))")
        }
        guard !known.hasEnded, let item = try transaction.queueItem(.run(run)), let lease, item.lease == lease else {
            throw Refusal(.conflict, "stale dispatch: this call is no longer the one that run \(run) waits for")
        }
        if let op = ops.first(where: { ($0.data?.bytes.count ?? 0) > Limits.stepOutputSize }) {
            throw Refusal(.tooLarge, "step '\(op.label)' returned more than \(Limits.stepOutputSize) bytes")
        }
        var answer = Answer(item: item, run: known, transaction: transaction, settings: settings, status: nil)
        try answer.checkpoint(ops)
    }
}

extension Answer {
    fileprivate mutating func checkpoint(_ ops: [Op]) throws {
        try transaction.loadFinished(ops.map(\.id), of: run.id)
        var progressed = false
        for op in Self.inOrderOfWork(ops) {
            switch op.code {
            case .step, .stepRun, .stepFailed:
                let key = StepKey(run: run.id, step: op.id)
                guard try !transaction.isFinished(key), try !isInFlight(key) else { continue }
                progressed = try transaction.memoize(op.id, of: &run, label: op.label, value: recordOutcome(op))
            case .deferAdd, .deferAbort: try postpone(op)
            case .runComplete, .syncRunComplete: try transaction.end(&run, .completed, output: op.data ?? .null)
            default: break  // A step that was planned is run in this same call, and reported when it has.
            }
            if run.hasEnded { return }
        }
        if progressed {
            var next = item
            next.attempt = 0
            // Something came of this call, whatever it is answered with.
            next.again = true
            transaction.put(next)
        }
        transaction.update(run)
    }
}
