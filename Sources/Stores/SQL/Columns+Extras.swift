import Engine
import JSON
import Wire

extension Columns {
    static func stepRequest(_ row: borrowing Row) -> StepRequest? {
        guard let run = ULID(row.text(0)), let purpose = StepRequest.Purpose(rawValue: row.text(2)),
            let options = row.json(3)
        else { return nil }
        return StepRequest(
            key: StepKey(run: run, step: StepID(hash: row.text(1))), purpose: purpose, options: options)
    }

    static func stepInput(_ row: borrowing Row) -> StepInput? {
        guard let run = ULID(row.text(0)), let input = row.json(2) else { return nil }
        return StepInput(key: StepKey(run: run, step: StepID(hash: row.text(1))), input: input)
    }

    static func deferred(_ row: borrowing Row) -> Defer? {
        guard let run = ULID(row.text(0)), let input = row.json(5), let status = Defer.Status(rawValue: row.int(6))
        else { return nil }
        return Defer(
            run: run, id: StepID(hash: row.text(1)), number: row.int(2), label: row.text(3), function: row.text(4),
            input: input, status: status)
    }
}
