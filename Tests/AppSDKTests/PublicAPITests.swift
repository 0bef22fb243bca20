import AppSDK
import AppSDKHummingbird
import Foundation
import Hummingbird
import Testing

private struct SignedUp: EventPayload {
    static let eventName = "app/user.signed.up"
    var userID: String
    var email: String
}

private struct LoggedIn: EventPayload {
    static let eventName = "app/user.login"
    var userID: String
}

private struct Receipt: Codable, Sendable {
    var number: Int
}

private struct Order: Codable, Sendable {
    var total: Int
}

private protocol Mailer: Sendable {
    func send(_ template: String, to address: String) async throws
    func count() async throws -> Int
}

private struct NoMailer: Mailer {
    func send(_ template: String, to address: String) async throws {}
    func count() async throws -> Int { 7 }
}

private func signupDrip(mailer: any Mailer) -> some DurableFunction {
    Function("signup-drip-campaign", on: .event(SignedUp.self), .retries(4), .name("Drip")) { context in
        let (event, step) = (context.event, context.step)
        try await step.run("send-welcome") { try await mailer.send("welcome", to: event.data.email) }
        try await step.sleep("settle-in", for: .days(1))
        let login = try await step.waitForEvent("first-login", LoggedIn.self, timeout: .days(3), match: \.userID)
        if login == nil {
            try await step.run("send-nudge") { try await mailer.send("nudge", to: event.data.email) }
        }
        async let tips: Void = step.run("send-tips") { try await mailer.send("tips", to: event.data.email) }
        async let survey = step.run("count") { try await mailer.count() }
        let (_, count) = try await (tips, survey)
        context.logger.info("sent \(count)")
    }
}

private let charge = Function("charge", accepting: Order.self) { context in
    let number = try await context.step.run("bank") { step in
        context.logger.info("key \(step.idempotencyKey)")
        return context.event.data.total
    }
    return Receipt(number: number)
}

private struct TypedFunction: DurableFunction {
    let id = "typed"
    let triggers: [Trigger<CronTick>] = [.cron("0 9 * * 1-5")]
    let mailer: any Mailer

    func run(_ context: Context<CronTick>) async throws {
        try await context.step.run("x") { step in
            try await mailer.send("x", to: step.idempotencyKey)
        }
    }
}

private func spelledOut(mailer: any Mailer) -> some DurableFunction<SignedUp, NoOutput> {
    Function("spelled-out", on: .event(SignedUp.self)) { context in
        let count = try await context.step.run("count") { try await mailer.count() }
        if count > 1 { try await context.step.run("send") { try await mailer.send("x", to: "\(count)") } }
    }
}

private func several() -> some DurableFunction {
    Function("several", on: [.event(SignedUp.self), .event(LoggedIn.self), .cron("* * * * *")]) { context in
        if context.event.name == SignedUp.eventName {
            let signedUp = try context.event.data.decode(SignedUp.self)
            try await context.step.sendEvent("again", LoggedIn(userID: signedUp.userID))
        }
        let receipt = try await context.step.invoke("charge", function: charge, data: Order(total: 1))
        let foreign = FunctionReference<Order, Receipt>(app: "bank", function: "pay")
        let other = try await context.step.invoke("pay", function: foreign, data: Order(total: 1), timeout: .hours(1))
        return receipt.number + other.number
    }
    .onFailure { failure in
        try await failure.step.run("tell") { print(failure.message) }
    }
}

private func morning() -> some DurableFunction {
    Function("morning", on: .cron("TZ=Europe/Paris 0 9 * * 1-5"), .parallelism(.eager)) { context in
        let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<3 {
                group.addTask { try await context.step.run("part-\(index)") { index * 2 } }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let maybe: String? = try await context.step.run("maybe") { nil }
        try await context.step.run("use") {
            let text = maybe ?? ""
            print(text, numbers, context.event.data.cron)
        }
        try await context.step.sleep("until", until: Date(timeIntervalSince1970: 0))
    }
}

@Suite("The API as app developers write it")
struct PublicAPITests {
    @Test("An app of every kind of function is made and mounted") func compiles() throws {
        let app = try App("shop", configuration: Configuration(mode: .dev, environment: [:])) {
            signupDrip(mailer: NoMailer())
            charge
            several()
            spelledOut(mailer: NoMailer())
            morning()
            TypedFunction(mailer: NoMailer())
            if ProcessInfo.processInfo.arguments.isEmpty { morning() }
        }
        let router = Router()
        router.durable(app, at: "/api/inngest")
        #expect(app.id == "shop")
    }

    @Test("Functions with one id are refused") func duplicates() {
        #expect(throws: InvalidApp.self) {
            try App("shop", configuration: Configuration(mode: .dev, environment: [:])) {
                morning()
                morning()
            }
        }
    }
}
