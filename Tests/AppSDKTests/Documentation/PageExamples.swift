import AppSDK
import AppSDKEncryption

// The examples of docs/functions.md and docs/middleware.md, compiled. `DocumentationTests` compares them with the pages.

struct Ordered: EventPayload {
    static let eventName = "shop/ordered"
    var id: Int
    var email: String
}

private struct PageChanged: EventPayload {
    static let eventName = "site/page.changed"
    var siteID: String
}

private struct Approval: Codable, Sendable {
    var by: String
}

private struct Customer: Codable, Sendable {
    var email: String
}

private struct Quote: Codable, Sendable {
    var price: Int
}

/// Everything that the examples use, and that is not of the SDK.
private struct World: Sendable {
    func reserve(_ order: Ordered) async throws -> Ordered { order }
    func invoice(_ order: Ordered) async throws -> String { "" }
    func pack(_ order: Ordered) async throws -> String { "" }
    func remind(_ order: Ordered) async throws {}
    func save(_ text: String) async throws {}
    func charge(_ price: Int) async throws -> Int { price }
    func index(_ pages: [PageChanged]) async throws {}
    func quote(_ order: Ordered) async throws -> Quote { Quote(price: 1) }
}

private func pack(_ text: String) -> String { text }
private func unpack(_ text: String) -> String { text }

private let search = World()

private func index() -> some DurableFunction {
    Function("index", on: .event(PageChanged.self), .batch(upTo: 50, within: .seconds(10), key: \.siteID)) { context in
        let pages = context.events.map(\.data)
        try await context.step.run("index") { try await search.index(pages) }
    }
}

private enum Examples {
    static let (stock, billing, warehouse, mailer) = (World(), World(), World(), World())
    static let (store, bank, north, south) = (World(), World(), World(), World())
    static let survey = Function("survey", on: .deferred(Customer.self)) { _ in }

    static func order() -> some DurableFunction {
        Function("order", on: .event(Ordered.self), .retries(2)) { context in
            let order = try await context.step.run("reserve") { try await stock.reserve(context.event.data) }
            try await context.step.sleep("cool-off", for: .hours(12))
            async let invoice = context.step.run("invoice") { try await billing.invoice(order) }
            async let parcel = context.step.run("pack") { try await warehouse.pack(order) }
            return try await [invoice, parcel]
        }
    }

    static func signal(_ step: Step, _ order: Ordered) async throws {
        let approval = try await step.waitForSignal(
            "approval", signal: "order-\(order.id)", as: Approval.self, timeout: .days(3))
        if approval == nil { try await step.run("remind") { try await mailer.remind(order) } }
    }

    static func fetch(_ step: Step, _ order: Ordered) async throws -> Int {
        let answer = try await step.fetch("quote", FetchRequest("https://insurer.example/quotes", json: order))
        guard answer.isSuccess else { throw NonRetriableError("HTTP \(answer.status): \(answer.body)") }
        let quote = try answer.decode(Quote.self)
        return quote.price
    }

    static func infer(_ step: Step, _ key: String, _ text: String) async throws {
        let answer = try await step.ai.infer(
            "summary", .anthropic("claude-sonnet-4-5", apiKey: key),
            prompt: AIPrompt([.system("Answer in one sentence."), .user(text)], maxTokens: 200))
        try await step.run("store") { try await store.save(answer.text) }
    }

    static func input(_ step: Step, _ price: Int) async throws -> Int {
        let receipt = try await step.run("charge", input: price) { price in try await bank.charge(price) }
        return receipt
    }

    static func race(_ step: Step, _ order: Ordered) async throws -> Int {
        let quote = try await step.race(
            { try await step.run("ask-north") { try await north.quote(order) } },
            { try await step.run("ask-south") { try await south.quote(order) } })
        return quote.price
    }

    static func deferring(_ context: Context<Ordered>, _ order: Ordered) {
        context.defer("survey", to: survey, data: Customer(email: order.email))
    }

    static func checkpointing() -> any DurableFunction {
        let importer = Function(
            "import", on: .event(Ordered.self),
            .checkpointing(Checkpointing(maxSteps: 20, maxInterval: .seconds(1), maxRuntime: .seconds(60)))
        ) { context in
            for row in 1...100 { try await context.step.run("row") { try await store.save("\(row)") } }
        }
        return importer
    }

    static func middleware() throws -> App {
        var configuration = Configuration(mode: .dev)
        configuration.middleware = [StepTimes(), Tenants()]
        let function = Function("order", on: .event(Ordered.self), .middleware(Compression())) { context in
            try await context.step.run("reserve") { try await stock.reserve(context.event.data) }
        }
        return try App("shop", configuration: configuration) { function }
    }

    static func encryption(_ secret: String, _ lastYearsSecret: String) -> Configuration {
        var configuration = Configuration(mode: .dev)
        configuration.middleware = [EncryptionMiddleware(key: secret, oldKeys: [lastYearsSecret])]
        return configuration
    }
}

struct FailureCounter: Middleware {
    let count: @Sendable (_ function: String) -> Void

    func observe(_ moment: Moment) {
        if case .runFailed(let run, _, willRetry: false) = moment { count(run.function) }
    }
}

struct StepTimes: Middleware {
    func interceptStep<Value: Sendable>(_ step: StepInfo, next: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        defer { print("\(step.run.function)/\(step.id): \(ContinuousClock.now - start)") }
        return try await next()
    }
}

struct Tenants: Middleware {
    @TaskLocal static var current: String?

    func interceptSend(
        _ events: [OutgoingEvent], next: ([OutgoingEvent]) async throws -> [String]
    ) async throws -> [String] {
        let stamped = events.map { event in
            var event = event
            event.user = ["tenant": .string(Self.current ?? "none")]
            return event
        }
        return try await next(stamped)
    }
}

struct Compression: Middleware {
    func encode(_ value: JSONValue, as payload: Payload) async throws -> JSONValue {
        guard case .stepOutput = payload, let text = value.string, text.count > 1000 else { return value }
        return ["packed": .string(pack(text))]
    }

    func decode(_ value: JSONValue, as payload: Payload) async throws -> JSONValue {
        guard case .stepOutput = payload, let packed = value["packed"]?.string else { return value }
        return .string(unpack(packed))
    }
}
