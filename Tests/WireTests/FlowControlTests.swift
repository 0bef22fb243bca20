import JSON
import Testing
import Wire

@Suite("Flow control in registrations")
struct FlowControlTests {
    private func flow(_ settings: [String: JSON?]) throws -> FlowControl {
        try FunctionConfig(RegisteredFunction.json.merging(settings)).flow
    }

    @Test("A function without rules has none") func none() throws {
        #expect(try flow([:]) == FlowControl())
        let nulls = Dictionary(uniqueKeysWithValues: FlowControl().members.keys.map { ($0, JSON?.some(.null)) })
        #expect(try flow(nulls) == FlowControl(), "some apps send every field")
    }

    @Test(
        "Concurrency is read in every form",
        arguments: [
            (5, [Concurrency(limit: 5)]), ("5", [Concurrency(limit: 5)]), (0, []), (["limit": 0], []),
            (["limit": 5], [Concurrency(limit: 5)]),
            (["limit": "5", "key": "", "scope": .null], [Concurrency(limit: 5)]),
            ([["limit": 5, "scope": "fn", "key": "event.data.u"]], [Concurrency(limit: 5, key: "event.data.u")]),
            (
                [
                    ["limit": 1, "scope": "account", "key": "'a'", "hash": ""],
                    ["limit": 2, "scope": "env", "key": "'e'"],
                ],
                [
                    Concurrency(limit: 1, scope: .account, key: "'a'"),
                    Concurrency(limit: 2, scope: .environment, key: "'e'"),
                ]
            ),
            ([["limit": 0], ["limit": 1], ["limit": 2]], [Concurrency(limit: 1), Concurrency(limit: 2)]),
            (["step": 3], [Concurrency(limit: 3)]), (["step": [["limit": 3]]], [Concurrency(limit: 3)]),
        ] as [(JSON, [Concurrency])])
    func concurrency(json: JSON, rules: [Concurrency]) throws {
        let flow = try flow(["concurrency": json])
        #expect(flow.concurrency == rules)
        #expect(flow.runConcurrency == nil)
    }

    @Test("Whole runs are limited by the form with fn") func runConcurrency() throws {
        let both = try flow(["concurrency": ["fn": [["limit": 2, "key": "event.data.u"]], "step": [["limit": 7]]]])
        #expect(both.runConcurrency == Concurrency(limit: 2, key: "event.data.u"))
        #expect(both.concurrency == [Concurrency(limit: 7)])
        #expect(try flow(["concurrency": ["fn": 4]]).runConcurrency == Concurrency(limit: 4))
        #expect(try flow(["concurrency": ["fn": [["limit": 0]]]]).runConcurrency == nil)
    }

    @Test("Every rule is read as SDKs of several languages send it") func rules() throws {
        let javaScript = try flow([
            "throttle": ["limit": 10, "period": "60s", "burst": 2, "key": "event.data.u"],
            "rateLimit": ["limit": 1, "period": "1h", "key": "event.data.u"],
            "debounce": ["period": "10s", "timeout": "5m", "key": "event.data.d"],
            "priority": ["run": "event.data.vip ? 120 : 0"],
            "singleton": ["key": "event.data.u", "mode": "cancel"],
            "cancel": [["event": "a/b", "if": "event.data.x == async.data.x", "timeout": "2h"], ["event": "c"]],
            "timeouts": ["start": "10m", "finish": "2h"],
        ])
        var expected = FlowControl()
        expected.throttle = Throttle(limit: 10, period: .seconds(60), burst: 2, key: "event.data.u")
        expected.rateLimit = RateLimit(limit: 1, period: .seconds(3600), key: "event.data.u")
        expected.debounce = Debounce(period: .seconds(10), timeout: .seconds(300), key: "event.data.d")
        expected.priority = "event.data.vip ? 120 : 0"
        expected.singleton = Singleton(key: "event.data.u", mode: .cancel)
        expected.cancellation = [
            CancelRule(event: "a/b", condition: "event.data.x == async.data.x", timeout: .seconds(7200)),
            CancelRule(event: "c"),
        ]
        expected.timeouts = Timeouts(start: .seconds(600), finish: .seconds(7200))
        #expect(javaScript == expected)

        let go = try flow([
            "throttle": ["limit": 0, "period": "1m", "burst": 0, "scope": ""], "debounce": ["period": "1w", "key": ""],
            "singleton": ["mode": "skip", "key": .null],
        ])
        #expect(go.throttle == Throttle(limit: 1, period: .seconds(60), burst: 0))
        #expect(go.debounce == Debounce(period: .seconds(604_800)))
        #expect(go.singleton == Singleton(mode: .skip))

        let python = try flow([
            "batchEvents": ["maxSize": "50", "timeout": "10s", "key": .null, "if": "event.data.big != true"],
            "cancel": .null, "rateLimit": .null,
        ])
        #expect(
            python.batch == Batching(maxSize: 50, timeout: .seconds(10), condition: "event.data.big != true"))
        #expect(try flow(["batchEvents": ["maxSize": 2]]).batch == Batching(maxSize: 2, timeout: .seconds(60)))
    }

    @Test("What another rule makes void is left out") func void() throws {
        let limit: JSON = ["limit": 1, "period": "1h"]
        let idempotent = try flow(["idempotency": "event.data.id", "rateLimit": limit])
        #expect(idempotent.idempotency == "event.data.id")
        #expect(idempotent.rateLimit == nil)
        let batched = try flow([
            "batchEvents": ["maxSize": 2, "timeout": "1s"], "rateLimit": limit, "idempotency": "event.id",
            "timeouts": ["start": "1m", "finish": "2m"],
        ])
        #expect(batched.rateLimit == nil && batched.idempotency == nil)
        #expect(batched.timeouts == Timeouts(finish: .seconds(120)))
    }

    @Test("Rules are written as they are read") func roundTrip() throws {
        let settings: [String: JSON?] = [
            "concurrency": ["fn": [["limit": 2]], "step": [["limit": 7, "key": "event.data.u", "scope": "env"]]],
            "throttle": ["limit": 10, "period": "1m", "burst": 2], "debounce": ["period": "10s", "timeout": "5m"],
            "idempotency": "event.data.id", "priority": ["run": "5"], "singleton": ["mode": "skip"],
            "cancel": [["event": "a/b", "if": "true", "timeout": "2h"]], "timeouts": ["start": "10m", "finish": "2h"],
        ]
        #expect(try flow(settings).json == JSON.emptyObject.merging(settings))
        let others: [String: JSON?] = [
            "concurrency": [["limit": 7, "scope": "fn"]],
            "batchEvents": ["maxSize": 5, "timeout": "10s", "key": "event.data.u", "if": "true"],
        ]
        #expect(try flow(others).json == JSON.emptyObject.merging(others))
        let limit: [String: JSON?] = ["rateLimit": ["limit": 3, "period": "1d", "key": "event.data.u"]]
        #expect(try flow(limit).json == JSON.emptyObject.merging(limit))
        #expect(FlowControl().json == [:])
    }

    private static let batch: JSON = ["maxSize": 2, "timeout": "1s"]

    @Test(
        "A wrong rule is refused with the field at fault and the protocol's code",
        arguments: [
            (["concurrency": -1], "concurrency:", .concurrencyLimit),
            (["concurrency": true], "concurrency:", .concurrencyLimit),
            (["concurrency": [:]], "concurrency.limit:", .concurrencyLimit),
            (["concurrency": ["limit": 1.5]], "concurrency.limit:", .concurrencyLimit),
            (["concurrency": [1, 2, 3]], "concurrency:", .concurrencyLimit),
            (["concurrency": [1, ["limit": 1, "scope": "env"]]], "concurrency[1].key:", .configuration),
            (["concurrency": ["limit": 1, "scope": "world"]], "concurrency.scope:", .configuration),
            (["concurrency": ["limit": 1, "key": 5]], "concurrency.key:", .configuration),
            (["concurrency": ["fn": [1, 2]]], "concurrency.fn:", .concurrencyLimit),
            (["concurrency": ["fn": [["limit": -2]]]], "concurrency.fn[0].limit:", .concurrencyLimit),
            (
                ["concurrency": ["fn": [["limit": 2, "scope": "env", "key": "event.id"]]]], "concurrency.fn:",
                .concurrencyLimit
            ),
            (["throttle": 5], "throttle:", .configuration), (["throttle": [:]], "throttle.limit:", .configuration),
            (["throttle": ["limit": 1]], "throttle.period:", .configuration),
            (["throttle": ["limit": 1, "period": "0s"]], "throttle.period:", .configuration),
            (["throttle": ["limit": 1, "period": "999ms"]], "throttle.period:", .configuration),
            (["throttle": ["limit": 1, "period": "8d"]], "throttle.period:", .configuration),
            (["throttle": ["limit": 1, "period": 60]], "throttle.period:", .configuration),
            (["throttle": ["limit": 1, "period": "1m", "burst": -1]], "throttle.burst:", .configuration),
            (["throttle": ["limit": 1, "period": "1m", "scope": "env"]], "throttle.scope:", .configuration),
            (["rateLimit": ["limit": 0, "period": "1h"]], "rateLimit.limit:", .configuration),
            (["rateLimit": ["limit": 1, "period": "0s"]], "rateLimit.period:", .configuration),
            (["rateLimit": ["limit": 1, "period": "25h"]], "rateLimit.period:", .configuration),
            (["debounce": ["timeout": "5m"]], "debounce.period:", .configuration),
            (["debounce": ["period": "0s"]], "debounce.period:", .configuration),
            (["debounce": ["period": "8d"]], "debounce.period:", .configuration),
            (["debounce": ["period": "1m", "timeout": "soon"]], "debounce.timeout:", .configuration),
            (["priority": ["run": 5]], "priority.run:", .configuration),
            (["batchEvents": ["timeout": "1s"]], "batchEvents.maxSize:", .batchSize),
            (["batchEvents": ["maxSize": 1]], "batchEvents.maxSize:", .batchSize),
            (["batchEvents": ["maxSize": 101]], "batchEvents.maxSize:", .batchSize),
            (["batchEvents": ["maxSize": 2, "timeout": "0.5s"]], "batchEvents.timeout:", .batchTimeout),
            (["batchEvents": ["maxSize": 2, "timeout": "61s"]], "batchEvents.timeout:", .batchTimeout),
            (["batchEvents": ["maxSize": 2, "key": 1]], "batchEvents.key:", .batchKey),
            (["batchEvents": ["maxSize": 2, "if": false]], "batchEvents.if:", .batchCondition),
            (["singleton": ["mode": "both"]], "singleton.mode:", .configuration),
            (["idempotency": 5], "idempotency:", .configuration),
            (["cancel": ["event": "a"]], "cancel:", .configuration),
            (["cancel": [[:]]], "cancel[0].event:", .eventName),
            (["cancel": [["event": "a", "timeout": "367d"]]], "cancel[0].timeout:", .configuration),
            (["cancel": .array((0..<6).map { ["event": .string("e\($0)")] })], "cancel:", .configuration),
            (["timeouts": ["start": "0s"]], "timeouts.start:", .configuration),
            (["timeouts": ["finish": "never"]], "timeouts.finish:", .configuration),
            (["batchEvents": batch, "cancel": [["event": "a"]]], "batchEvents:", .combination),
            (["batchEvents": batch, "debounce": ["period": "1s"]], "batchEvents:", .combination),
            (["batchEvents": batch, "singleton": ["mode": "skip"]], "batchEvents:", .combination),
            (["batchEvents": batch, "priority": ["run": "1"]], "batchEvents:", .combination),
            (["triggers": [["cron": "* * * * *", "jitter": "0.5s"]]], "triggers[0].jitter:", .schedule),
            (["triggers": [["cron": "* * * * *", "jitter": "6m"]]], "triggers[0].jitter:", .schedule),
            (["triggers": [["event": "a*"]]], "triggers[0].event:", .eventName),
            (
                ["triggers": [["cron": "* * * * *"], ["cron": "* * * * *", "jitter": "1m"]]], "triggers:",
                .configuration
            ),
        ] as [([String: JSON?], String, Syscode)])
    func refused(settings: [String: JSON?], field: String, code: Syscode) {
        let error = #expect(throws: InvalidFunction.self) { try flow(settings) }
        #expect(error?.reason.hasPrefix(field) == true, "\(String(describing: error))")
        #expect(error?.code == code)
    }

    @Test("Jitter is a time of 1 second to 5 minutes") func jitter() throws {
        let triggers: JSON = [["cron": "0 9 * * *", "jitter": "30s"], ["cron": "0 8 * * *", "jitter": ""]]
        let config = try FunctionConfig(RegisteredFunction.json.merging(["triggers": triggers]))
        #expect(
            config.triggers == [
                .cron(expression: "0 9 * * *", jitter: .seconds(30)), .cron(expression: "0 8 * * *", jitter: nil),
            ])
    }
}
