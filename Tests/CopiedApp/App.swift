import AppSDK
import Foundation

struct Order: Codable {
    var total: Int
}

struct Refused: Error, CustomStringConvertible {
    let description: String
}

/// What a test hasn't: only the answer that was copied gets one past it.
private func send(_ letter: String) throws -> String {
    guard ProcessInfo.processInfo.environment["MAIL_SERVER"] != nil else {
        throw Refused(description: "there is no mail server")
    }
    return "sent \(letter)"
}

/// What must not get out of a literal or a comment, and must be the same text again when the code runs.
private let hostile = "\"; \\(exit(1)) \\u{22} #\"\"\" \r\n}\u{2028}\u{85}*/ \t\u{1}\u{202E}\u{7F} \"\u{301} 👩‍👩‍👧"

private let receipt = FunctionReference<Order, String>(function: "receipt")

/// One function for each kind of run that "Copy as a test" has to understand.
var app: App {
    get throws {
        try App("acme") {
            waiting
            failing
            Function("quote", on: .event(named: "app/quoted"), .retries(1)) { context in
                if context.attempt == 0 { throw Refused(description: hostile) }
                return hostile
            }
            Function("receipt", accepting: Order.self) { context in
                let number = try await context.step.run("number") { "R-\(context.event.data.total)" }
                try await context.step.sleep("let the printer cool", for: .minutes(2))
                return number
            }
            Function("checkout", on: .event(named: "shop/ordered")) { context in
                let number = try await context.step.invoke("receipt", function: receipt, data: Order(total: 12))
                return try await context.step.run("say") { "the receipt is \(number)" }
            }
            Function("tally", on: .event(named: "app/batched"), .batch(upTo: 10, within: .seconds(30))) { context in
                try await context.step.run("count") { context.events.count }
            }
            Function("report", on: .cron("0 9 * * 1")) { context in
                let signups = try await context.step.run("collect") { 12 }
                try await context.step.sleep("let it be read", for: .days(8))
                return signups
            }
        }
    }
}

@FunctionsBuilder private var waiting: [any DurableFunction] {
    Function("campaign", on: .event(named: "app/signed.up")) { context in
        let step = context.step
        let letter = try await step.run("send welcome") { try send("welcome") }
        try await step.sleep("let it sink in", for: .days(1))
        let click = try await step.waitForEvent(
            "click", named: "mail/clicked", timeout: .days(3), if: "event.data.email == async.data.email")
        let isAllowed: Bool? = try await step.waitForSignal("consent", signal: "consent", timeout: .hours(1))
        async let tips = step.run("tips") { try send("tips") }
        async let offer = step.run("offer") { try send("offer") }
        return try await [letter, tips, offer, "\(click != nil)", "\(isAllowed == true)"]
    }
    Function("patience", on: .event(named: "app/asked")) { context in
        let step = context.step
        async let nap: Void = step.sleep("nap", for: .hours(6))
        let answer = try await step.waitForEvent("answer", named: "app/answered", timeout: .minutes(90))
        try await nap
        return answer == nil ? "nobody answered" : "answered"
    }
    Function("rest", on: .event(named: "app/rested")) { context in
        try await context.step.sleep("long", for: .days(9))
    }
    Function("archive", on: .event(named: "app/uploaded")) { context in
        let scan = try await context.step.waitForEvent("scan", named: "app/scanned", timeout: .hours(1))
        return try await context.step.run("store") { scan == nil ? 0 : 1 }
    }
}

@FunctionsBuilder private var failing: [any DurableFunction] {
    Function("charge", on: .event(named: "shop/paid"), .retries(2)) { context in
        let card = try await context.step.run("look up card") { "4242" }
        try await context.step.run("charge card") { throw Refused(description: "the bank refuses \"\(card)\"") }
    }
    Function("import", on: .event(named: "app/imported"), .retries(3)) { context in
        let rows = try await context.step.run("read") { [1, 2, 3] }
        if context.attempt < 2 { throw Refused(description: "the table is locked") }
        return rows.reduce(0, +)
    }
    Function("broken", on: .event(named: "app/broke"), .retries(1)) { _ -> Int in
        throw Refused(description: "there is no such table")
    }
}
