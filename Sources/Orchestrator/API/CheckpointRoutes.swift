import Engine
import Hummingbird
import JSON
import Wire

/// Apps report steps while their functions go on.
struct CheckpointRoutes {
    let host: EngineHost

    /// The largest report: as large as an answer to a call may be.
    static let maximumBody = CallResponse.maximumSize

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.post("/v1/checkpoint/:id/async") { request, context in
            guard let run = ULID(try context.path("id")) else { throw APIError(.badRequest, "the run's id is no ULID") }
            let body = try await RequestBytes.json(of: request, limit: Self.maximumBody)
            if let named = body["run_id"]?.string, named != run.description {
                throw APIError(.badRequest, "run_id: '\(named.prefix(64))' is not the run of the path")
            }
            let function = body["fn_id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            let lease = body["qi_id"]?.string.flatMap(ULID.init)
            try await host.submit(
                Checkpoint(run: run, function: function, lease: lease, ops: try Self.ops(body["steps"])))
            return Response(status: .ok)
        }
    }

    /// Reads reported steps.
    /// - Throws: ``APIError`` 400.
    static func ops(_ json: JSON?) throws -> [Op] {
        guard let json, json.kind == .array else { throw APIError(.badRequest, "steps: a list is expected") }
        let elements = Array(json.elements)
        guard elements.count <= CallResponse.maximumOps else {
            throw APIError(.badRequest, "steps: \(elements.count) at once; the limit is \(CallResponse.maximumOps)")
        }
        return try elements.enumerated().map { index, element in
            do { return try Op(element) } catch {
                throw APIError(.badRequest, "steps[\(index)]: \(error)")
            }
        }
    }
}
