import AppSDK
import Hummingbird
import JSON
import Rig
import Wire

/// A second app, of functions whose runs wait, are collected and skipped by rules of flow control.
struct RuleTrial: Sendable {
    let ledger = RuleLedger()
    private let app: App

    static let path = "/api/rules"
    static let name = "rules"

    /// The limits, which the audit holds against what was seen.
    enum Limit {
        static let calls = 2
        static let starts = 2
        static let period = 1000
        static let batch = 5
        static let debounce = 1000
        static let longestCollection: Duration = .seconds(4)
    }

    /// What tells one key from another: those of events that are repeated, and the others.
    static let key = "event.data.key.startsWith('repeats')"

    static func group(_ key: String) -> Bool { key.hasPrefix("repeats") }

    /// What clients send: each starts the function of its name, or has it wait, be collected or be skipped.
    static let functions = ["limited", "paced", "batched", "settled", "lone"]

    init(orchestrator: String) throws {
        var configuration = AppSDK.Configuration(mode: .dev, environment: ["INNGEST_BASE_URL": orchestrator])
        configuration.logger.logLevel = .critical
        app = try App(Self.name, configuration: configuration) {
            Function("limited", on: .event(named: "rules/limited"), .concurrency(Limit.calls, key: Self.key)) {
                context in
                // More than the limit by one run alone.
                async let left = Self.work(context, "left")
                async let middle = Self.work(context, "middle")
                async let right = Self.work(context, "right")
                _ = try await (left, middle)
                return try await right
            }
            Function("paced", on: .event(named: "rules/paced"), .throttle(Limit.starts, per: .seconds(1))) {
                try await Self.work($0)
            }
            Function("batched", on: .event(named: "rules/batched"), .batch(upTo: Limit.batch, within: .seconds(1))) {
                try await Self.work($0)
            }
            Function(
                "settled", on: .event(named: "rules/settled"),
                .debounce(.milliseconds(Limit.debounce), timeout: .seconds(3), key: Self.key)
            ) { try await Self.work($0) }
            Function("lone", on: .event(named: "rules/lone"), .singleton(.skip, key: Self.key)) { context in
                _ = try await Self.work(context)
                try await context.step.sleep("rest", for: .milliseconds(300))
                return try await Self.work(context, "again")
            }
        }
    }

    /// Takes a moment, so that calls overlap, and returns the keys of all events.
    private static func work(_ context: Context<JSONValue>, _ name: String = "work") async throws -> [String] {
        try await context.step.run(name) { try await Task.sleep(for: .milliseconds(60)) }
        return try context.events.map { try $0.data.decode(Subject.self).key }
    }

    /// Serves the app, with the ledger between it and the orchestrator.
    func add(to router: Router<BasicRequestContext>) {
        for method in [HTTPRequest.Method.get, .put, .post] {
            router.on(RouterPath(Self.path), method: method) { request, _ in try await respond(to: request) }
        }
    }

    private func respond(to request: Request) async throws -> Response {
        let body = Array(buffer: try await request.body.collect(upTo: 8 << 20))
        let call = (try? JSON(parsing: body)).flatMap { try? CallRequest($0) }
        let function = request.uri.queryParameters["fnId"].map { String($0) } ?? ""
        let number = call.map { ledger.arrived($0, of: function) }
        let (head, answer) = await app.handle(request.head, body: body)
        if let number { ledger.ended(number) }
        return Response(
            status: head.status, headers: head.headerFields, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer)))
    }
}
