import JSON
import Testing
import Wire

@testable import AppSDK

private struct OrderPlaced: EventPayload {
    static let eventName = "shop/order.placed"
    var orderID: String
    var customer: Customer
    var total: Int
    var note: String?

    struct Customer: Codable, Sendable {
        var id: String
    }

    enum CodingKeys: String, CodingKey {
        case orderID = "order-id"
        case customer, total, note
    }
}

private struct OrderVoided: EventPayload {
    static let eventName = "shop/order.voided"
    var orderID: String
    var voidedBy: String

    enum CodingKeys: String, CodingKey {
        case orderID = "order-id"
        case voidedBy
    }
}

@Suite("Flow control as app developers write it")
struct FlowControlTests {
    /// The registration of a function with these settings.
    private func registered(_ settings: Setting<OrderPlaced>...) throws -> JSON {
        let function = Settled(settings: settings)
        let app = try App("shop", configuration: Configuration(mode: .dev, environment: [:])) { function }
        return try #require(app.functions.first).config(url: "http://app.test")
    }

    private struct Settled: DurableFunction {
        let id = "f"
        let triggers: [Trigger<OrderPlaced>] = [.event(OrderPlaced.self)]
        let settings: [Setting<OrderPlaced>]
        func run(_ context: Context<OrderPlaced>) async throws {}
    }

    @Test("Keys are fields of the payload, or expressions") func keys() throws {
        #expect(try registered(.throttle(3, per: .minutes(1)))["throttle"] == ["limit": 3, "period": "1m"])
        #expect(
            try registered(.throttle(3, per: .minutes(1), burst: 2, key: \.orderID))["throttle"] == [
                "burst": 2, "key": "event.data['order-id']", "limit": 3, "period": "1m",
            ])
        #expect(
            try registered(.throttle(3, per: .days(7), key: \.customer.id))["throttle"]?["key"]
                == "event.data.customer.id")
        #expect(try registered(.throttle(3, per: .days(7), key: \.note))["throttle"]?["key"] == "event.data.note")
        #expect(
            try registered(.throttle(3, per: .seconds(1), key: "event.user.id"))["throttle"]?["key"] == "event.user.id")
    }

    @Test("Concurrency of steps and of runs") func concurrency() throws {
        #expect(try registered(.concurrency(5))["concurrency"] == [["limit": 5, "scope": "fn"]])
        #expect(
            try registered(.concurrency(1, key: \.customer.id), .concurrency(10, key: "'bank'", scope: .account))[
                "concurrency"] == [
                    ["key": "event.data.customer.id", "limit": 1, "scope": "fn"],
                    ["key": "'bank'", "limit": 10, "scope": "account"],
                ])
        #expect(
            try registered(.concurrency(2, key: \.customer.id, scope: .environment))["concurrency"] == [
                ["key": "event.data.customer.id", "limit": 2, "scope": "env"]
            ])
        #expect(
            try registered(.concurrency(5), .runConcurrency(2, key: \.customer.id))["concurrency"] == [
                "fn": [["key": "event.data.customer.id", "limit": 2]], "step": [["limit": 5, "scope": "fn"]],
            ])
        #expect(try registered(.runConcurrency(2))["concurrency"] == ["fn": [["limit": 2]]])
    }

    @Test("Rules of events") func events() throws {
        #expect(
            try registered(.rateLimit(1, per: .hours(24), key: \.orderID))["rateLimit"] == [
                "key": "event.data['order-id']", "limit": 1, "period": "1d",
            ])
        #expect(try registered(.idempotency(key: \.orderID))["idempotency"] == "event.data['order-id']")
        #expect(try registered(.idempotency(key: "event.data.total"))["idempotency"] == "event.data.total")
        #expect(
            try registered(.debounce(.seconds(10), timeout: .minutes(5), key: \.orderID))["debounce"] == [
                "key": "event.data['order-id']", "period": "10s", "timeout": "5m",
            ])
        #expect(
            try registered(.batch(upTo: 50, within: .seconds(10), key: \.customer.id, if: "event.data.total < 9"))[
                "batchEvents"] == [
                    "if": "event.data.total < 9", "key": "event.data.customer.id", "maxSize": 50, "timeout": "10s",
                ])
    }

    @Test("Rules of runs") func runs() throws {
        #expect(try registered(.priority(\.total))["priority"] == ["run": "event.data.total"])
        #expect(
            try registered(.priority("event.data.vip ? 120 : 0"))["priority"] == ["run": "event.data.vip ? 120 : 0"])
        #expect(try registered(.singleton(.skip))["singleton"] == ["mode": "skip"])
        #expect(
            try registered(.singleton(.cancel, key: \.customer.id))["singleton"] == [
                "key": "event.data.customer.id", "mode": "cancel",
            ])
        #expect(
            try registered(.timeouts(start: .minutes(10), finish: .hours(2)))["timeouts"] == [
                "finish": "2h", "start": "10m",
            ])
        let cancel = try registered(
            .cancel(on: OrderVoided.self, match: \.orderID, within: .hours(2)),
            .cancel(on: OrderVoided.self, where: \.voidedBy, equals: \.customer.id),
            .cancel(onEventNamed: "shop/closed"), .cancel(on: OrderVoided.self, if: "async.data.total > 5"))
        #expect(
            cancel["cancel"] == [
                [
                    "event": "shop/order.voided", "if": "event.data['order-id'] == async.data['order-id']",
                    "timeout": "2h",
                ],
                ["event": "shop/order.voided", "if": "event.data.customer.id == async.data.voidedBy"],
                ["event": "shop/closed"], ["event": "shop/order.voided", "if": "async.data.total > 5"],
            ])
    }

    @Test("An orchestrator reads what is registered as it was meant") func roundTrip() throws {
        let config = try FunctionConfig(
            registered(
                .concurrency(2, key: \.customer.id), .runConcurrency(3), .throttle(1, per: .seconds(1)),
                .rateLimit(4, per: .hours(1)), .debounce(.days(7)), .priority("1"), .singleton(.cancel),
                .cancel(onEventNamed: "x", within: .days(1)), .timeouts(finish: .days(1))))
        var flow = FlowControl()
        flow.concurrency = [Concurrency(limit: 2, key: "event.data.customer.id")]
        flow.runConcurrency = Concurrency(limit: 3)
        flow.throttle = Throttle(limit: 1, period: .seconds(1))
        flow.rateLimit = RateLimit(limit: 4, period: .seconds(3600))
        flow.debounce = Debounce(period: .seconds(7 * 86_400))
        flow.priority = "1"
        flow.singleton = Singleton(mode: .cancel)
        flow.cancellation = [CancelRule(event: "x", timeout: .seconds(86_400))]
        flow.timeouts = Timeouts(finish: .seconds(86_400))
        #expect(config.flow == flow)
    }

    @Test(
        "What can't be is refused when the app is made, with the function and the setting",
        arguments: [
            ([.concurrency(0)], "concurrency: a limit of 1 or more"),
            ([.concurrency(1), .concurrency(2), .concurrency(3)], "concurrency: 2 rules"),
            ([.throttle(1, per: .milliseconds(5))], "throttle.period: \"5ms\"; 1s to 7d"),
            ([.throttle(1, per: .days(8))], "throttle.period"),
            ([.throttle(1, per: .days(1)), .throttle(2, per: .days(1))], "throttle: given twice"),
            ([.throttle(1, per: .days(1), burst: 0)], "throttle: a burst of 1 or more"),
            ([.rateLimit(1, per: .hours(25))], "rateLimit.period"),
            (
                [.rateLimit(1, per: .hours(1)), .idempotency(key: \.orderID)],
                "rateLimit has no effect beside idempotency"
            ),
            ([.debounce(.seconds(0))], "debounce.period"),
            ([.batch(upTo: 1, within: .seconds(1))], "batchEvents.maxSize"),
            ([.batch(upTo: 101, within: .seconds(1))], "batchEvents.maxSize"),
            ([.batch(upTo: 2, within: .seconds(61))], "batchEvents.timeout"),
            (
                [.batch(upTo: 2, within: .seconds(1)), .singleton(.skip)],
                "batchEvents: can't be combined with singleton"
            ),
            (
                [.batch(upTo: 2, within: .seconds(1)), .priority(\.total)],
                "batchEvents: can't be combined with priority"
            ),
            (
                [.batch(upTo: 2, within: .seconds(1)), .debounce(.days(1))],
                "batchEvents: can't be combined with debounce"
            ),
            (
                [.batch(upTo: 2, within: .seconds(1)), .cancel(onEventNamed: "x")],
                "batchEvents: can't be combined with cancel"
            ),
            (
                [.batch(upTo: 2, within: .seconds(1)), .idempotency(key: \.orderID)],
                "idempotency has no effect beside batchEvents"
            ),
            (
                [.batch(upTo: 2, within: .seconds(1)), .timeouts(start: .days(1))],
                "timeouts has no effect beside batchEvents"
            ),
            (
                [.cancel(on: OrderVoided.self, match: \.voidedBy)],
                "cancel: OrderPlaced has no field 'voidedBy', as OrderVoided has"
            ),
            ([.cancel(onEventNamed: "")], "cancel[0].event"),
            (Array(repeating: .cancel(onEventNamed: "x"), count: 6), "cancel: 6 rules, at most 5"),
            ([.throttle(1, per: .days(1), key: \.customer)], "throttle: the key path"),
            ([.timeouts(start: .seconds(0))], "timeouts.start"),
        ] as [([Setting<OrderPlaced>], String)])
    private func refused(settings: [Setting<OrderPlaced>], problem: String) {
        let error = #expect(throws: InvalidApp.self) {
            try App("shop", configuration: Configuration(mode: .dev, environment: [:])) { Settled(settings: settings) }
        }
        #expect(error?.description.hasPrefix("function 'shop-f': \(problem)") == true, "\(String(describing: error))")
    }

    private func registered(_ trigger: Trigger<CronTick>) throws -> JSON? {
        let function = Function("f", on: trigger) { _ in }
        let app = try App("shop", configuration: Configuration(mode: .dev, environment: [:])) { function }
        return app.functions.first?.config(url: "http://app.test")["triggers"]?[0]
    }

    @Test("Schedules have a time zone and jitter") func schedules() throws {
        #expect(
            try registered(.cron("0 9 * * 1-5", in: "Europe/Paris", jitter: .seconds(30))) == [
                "cron": "TZ=Europe/Paris 0 9 * * 1-5", "jitter": "30s",
            ])
        #expect(try registered(.cron("* * * * *")) == ["cron": "* * * * *"])
        for (trigger, problem) in [
            (.cron("0 9 * * *", in: "Mars/Olympus"), "'Mars/Olympus' is no time zone"),
            (.cron("0 9 * * *", in: "GMT+3"), "'GMT+3' is no time zone"),
            (.cron("TZ=Europe/Paris 0 9 * * *", in: "Europe/Rome"), "names a time zone itself"),
            (.cron("TZ=BST 0 9 * * *"), "'BST' is no time zone"),
            (.cron("0 9 * *"), "function 'shop-f': cron: '0 9 * *' has 4 fields; five are expected"),
            (.cron("0 0 9 * * *", in: "Europe/Paris"), "has 6 fields"),
            (.cron("0 25 * * *"), "the field 'hour' holds '25': '25' is none of the values 0-23"),
            (.cron("0 9 31-1 * *"), "the range '31-1' runs backwards"),
            (.cron("@daily"), "write '0 0 * * *'"), (.cron(""), "five are expected"),
            (.cron("0 9 * * *", jitter: .minutes(6)), "triggers[0].jitter: \"6m\"; 1s to 5m"),
        ] as [(Trigger<CronTick>, String)] {
            let error = #expect(throws: InvalidApp.self) { try registered(trigger) }
            #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
        }
    }

    @Test("Settings are inferred beside any trigger, and the function's kind is left as it is") func inference() throws
    {
        let app = try App("shop", configuration: Configuration(mode: .dev, environment: [:])) {
            Function("a", on: .event(OrderPlaced.self), .batch(upTo: 9, within: .seconds(5), key: \.customer.id)) {
                context in context.events.map(\.data.total).reduce(0, +)
            }
            Function("b", on: .event(named: "shop/*"), .retries(1), .singleton(.skip, key: "event.data.x")) { _ in }
            Function("c", on: [.event(OrderPlaced.self), .event(OrderVoided.self)], .idempotency(key: "event.id")) {
                _ in
            }
            Function("d", accepting: OrderPlaced.Customer.self, .concurrency(1, key: \.id)) { $0.event.data.id }
            Function("e", on: .cron("* * * * *"), .timeouts(finish: .minutes(5))) { _ in }
        }
        #expect(app.functions.count == 5)
        #expect(app.functions[3].config(url: "http://x")["concurrency"]?[0]?["key"] == "event.data.id")
    }
}
