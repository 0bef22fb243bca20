import Engine
import JSON
import Wire

/// Signals, requests for steps, changed inputs and defers.
extension SQLiteStore {
    package func wait(signal: String) throws -> Wait? {
        try connection.statement("SELECT \(Columns.wait) FROM waits w WHERE signal = ? AND is_replaced = 0")
            .map(.text(signal)) { Columns.wait($0) }.first ?? nil
    }

    package func stepRequests(_ keys: [StepKey]) throws -> [StepRequest] {
        let statement = try connection.statement(
            "SELECT \(Columns.stepRequest) FROM step_requests WHERE run_id = ? AND step_id = ?")
        return try keys.flatMap { try statement.map(.id($0.run), .text($0.step.hash)) { Columns.stepRequest($0) } }
            .compactMap { $0 }
    }

    package func stepInputs(of run: ULID) throws -> [StepInput] { try Queries(self).stepInputs(of: run) }

    package func defers(of run: ULID) throws -> [Defer] { try Queries(self).defers(of: run) }

    func writeExtras(_ changes: Changes) throws {
        for key in changes.removedStepRequests {
            try connection.statement("DELETE FROM step_requests WHERE run_id = ? AND step_id = ?")
                .run(.id(key.run), .text(key.step.hash))
        }
        for request in changes.stepRequests {
            try connection.statement(
                "INSERT OR REPLACE INTO step_requests (\(Columns.stepRequest)) VALUES (?, ?, ?, ?)"
            ).run(
                .id(request.key.run), .text(request.key.step.hash), .text(request.purpose.rawValue),
                .bytes(request.options.bytes))
        }
        for input in changes.stepInputs {
            try connection.statement("INSERT OR REPLACE INTO step_inputs (run_id, step_id, input) VALUES (?, ?, ?)")
                .run(.id(input.key.run), .text(input.key.step.hash), .bytes(input.input.bytes))
        }
        for deferred in changes.defers {
            try connection.statement(
                "INSERT OR REPLACE INTO defers (\(Columns.deferred)) VALUES (?, ?, ?, ?, ?, ?, ?)"
            ).run(
                .id(deferred.run), .text(deferred.id.hash), .int(Int64(deferred.number)), .text(deferred.label),
                .text(deferred.function), .bytes(deferred.input.bytes), .int(Int64(deferred.status.rawValue)))
        }
    }
}
