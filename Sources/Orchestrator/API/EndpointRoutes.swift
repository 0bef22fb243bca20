import Crypto
import Engine
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Wire

/// HTTP endpoints that are durable functions report their runs, and their clients wait for the results.
struct EndpointRoutes {
    let host: EngineHost
    let reads: any Reads
    let credentials: Credentials

    /// How long a client is kept waiting for a result. The protocol's figure.
    private static let patience = Duration.seconds(300)

    func add<Context: RequestContext>(to group: RouterGroup<Context>) {
        group.post("/v1/checkpoint") { request, _ in try await begin(request) }
        group.post("/v1/checkpoint/:id/steps") { request, context in
            let run = try Self.run(context)
            let body = try await RequestBytes.json(of: request, limit: CheckpointRoutes.maximumBody)
            let function = body["fn_id"]?.string.flatMap { $0.isEmpty ? nil : $0 }
            try await host.submit(
                ReportEndpointSteps(run: run, function: function, ops: try CheckpointRoutes.ops(body["steps"])))
            return Response(status: .ok)
        }
    }

    /// The result is asked for by those who have no key of this server, but the token that the run's owner was given.
    func addOutput<Context: RequestContext>(to router: Router<Context>) {
        router.get("/v1/http/runs/:id/output") { request, context in
            var response: Response
            do {
                response = try await output(request, of: try Self.run(context))
            } catch let error as APIError {
                response = error.response
            }
            // It is the token that opens this, and no cookie: a page of any origin that has it may read.
            response.headers[.accessControlAllowOrigin] = "*"
            return response
        }
    }

    private func output(_ request: Request, of run: ULID) async throws -> Response {
        let token = QueryParameters(request)["token"] ?? ""
        guard constantTimeEqual(Array(token.utf8), Array(credentials.token(forOutputOf: run).utf8)) else {
            throw APIError(.unauthorized, "token: missing, or not the one of this run")
        }
        return try await output(of: run)
    }

    private static func run(_ context: some RequestContext) throws -> ULID {
        guard let run = ULID(try context.path("id")) else { throw APIError(.badRequest, "the run's id is no ULID") }
        return run
    }

    private func begin(_ request: Request) async throws -> Response {
        let body = try await RequestBytes.json(of: request, limit: CheckpointRoutes.maximumBody)
        guard let id = body["run_id"]?.string.flatMap(ULID.init) else {
            throw APIError(.badRequest, "run_id: a ULID is expected")
        }
        let retries = body["retries"]?.int ?? FunctionConfig.defaultRetries
        guard (0...FunctionConfig.maximumRetries).contains(retries) else {
            throw APIError(.badRequest, "retries: 0 to \(FunctionConfig.maximumRetries)")
        }
        let ops = try body["steps"].map { $0.isNull ? [] : try CheckpointRoutes.ops($0) } ?? []
        let outcome = try await host.submit(
            BeginEndpointRun(
                id: id, event: body["event"] ?? .null, ops: ops, retries: retries,
                requestVersion: body["request_version"]?.int ?? 2))
        let token = JSON.string(credentials.token(forOutputOf: id))
        return APIResponse(now: host.now).data([
            "app_id": .string(outcome.app.description), "fn_id": .string(outcome.function.description),
            "realtime_token": token, "run_id": .string(id.description), "token": token,
        ])
    }

    // MARK: Results

    private func output(of id: ULID) async throws -> Response {
        let end = ContinuousClock.now + Self.patience
        var pause = Duration.milliseconds(50)
        while true {
            guard let run = try await reads.run(id) else { throw APIError(.notFound, "there is no run \(id)") }
            if run.hasEnded { return Self.response(run) }
            guard ContinuousClock.now < end else {
                return APIResponse.json(
                    ["run_id": .string(id.description), "status": .string(run.status.name)], status: .accepted)
            }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(2))
        }
    }

    /// Repeats the answer that the endpoint gave in the end.
    private static func response(_ run: Run) -> Response {
        switch run.status {
        case .completed:
            let result = run.output ?? .null
            guard let code = result["status"]?.int, (200...599).contains(code) else { return APIResponse.json(result) }
            // It is the app's page on this server's origin: it may show something, and do nothing.
            var headers: HTTPFields = [.contentSecurityPolicy: "sandbox"]
            for member in result["headers"]?.members ?? JSON.emptyObject.members {
                guard let name = HTTPField.Name(member.key), let value = member.value.string,
                    !["content-length", "transfer-encoding", "connection"].contains(name.canonicalName)
                else { continue }
                headers[name] = value
            }
            let body = result["body"].map { $0.string ?? $0.text } ?? ""
            return Response(
                status: .init(code: code), headers: headers, body: .init(byteBuffer: ByteBuffer(string: body)))
        case .failed:
            return APIResponse.json(["error": run.output, "status": 500], status: .internalServerError)
        default:
            return APIResponse.error("run \(run.id) was cancelled", status: .gone)
        }
    }
}

extension Credentials {
    /// What lets someone without a key read the result of one run.
    func token(forOutputOf run: ULID) -> String {
        // In `dev` everything may be read anyhow.
        signingKey?.token(for: "output of run \(run)") ?? "dev-\(run)"
    }
}
