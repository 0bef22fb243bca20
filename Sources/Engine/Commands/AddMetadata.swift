import JSON
import Wire

/// Notes something about a run or a step of it, for people to see.
package struct AddMetadata: Command {
    private let run: ULID
    private let step: StepID?
    private let entries: [JSON]

    /// - Parameter entries: `{kind, op, values}` each.
    package init(_ run: ULID, step: StepID?, entries: [JSON]) {
        self.run = run
        self.step = step
        self.entries = entries
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws {
        guard var run = try transaction.run(run) else { throw Refusal(.notFound, "there is no run \(self.run)") }
        for (index, entry) in entries.enumerated() {
            guard entry.kind == .object, entry["values"]?.kind == .object else {
                throw Refusal(.invalid, "metadata[\(index)]: an object with 'values', an object, is expected")
            }
            guard entry.bytes.count <= Limits.metadataSize else {
                throw Refusal(.tooLarge, "metadata[\(index)]: larger than \(Limits.metadataSize) bytes")
            }
        }
        let size = entries.reduce(0) { $0 + $1.bytes.count }
        guard run.metadataSize + size <= Limits.metadataSizePerRun else {
            throw Refusal(.tooLarge, "metadata: a run may have \(Limits.metadataSizePerRun) bytes of it")
        }
        for entry in entries {
            transaction.record(
                .metadata, &run, step: step,
                detail: ["kind": entry["kind"], "op": entry["op"], "values": entry["values"]])
        }
        run.metadataSize += size
        transaction.update(run)
    }
}
