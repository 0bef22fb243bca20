import AppSDK
import AppSDKHummingbird
import Foundation
import Hummingbird
import JSON
import Synchronization
import Testing
import Wire

private struct Ordered: EventPayload {
    static let eventName = "shop/ordered"
    var total: Int
}

private struct Paid: EventPayload {
    static let eventName = "shop/paid"
    var orderID: String
}

/// What steps did, in order.
private final class Ledger: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

private func shop(_ orchestrator: RunningOrchestrator, _ ledger: Ledger, cloud: Bool = false) throws -> App {
    var configuration = Configuration(mode: cloud ? .cloud : .dev, environment: ["INNGEST_BASE_URL": orchestrator.url])
    if cloud {
        configuration.signingKey = RunningOrchestrator.signingKeyText
        configuration.eventKey = RunningOrchestrator.eventKey
    }
    return try App("shop", configuration: configuration) {
        Function("order", on: .event(Ordered.self)) { context in
            let step = context.step
            let total = context.event.data.total
            let order = try await step.run("reserve") {
                ledger.add("reserve \(total)")
                return "order-\(total)"
            }
            let paid = try await step.waitForEvent(
                "payment", Paid.self, timeout: .days(7), where: \.orderID, equals: order)
            guard paid != nil else { return "expired" }
            try await step.sleep("cool-off", for: .hours(12))
            async let invoice = step.run("invoice") { "invoice of \(order)" }
            async let parcel = step.run("pack") { "parcel of \(order)" }
            return try await invoice + ", " + parcel
        }
        // One call per step: each later one needs the state.
        Function("heavy", on: .event(named: "shop/heavy"), .checkpointing(.off)) { context in
            var total = 0
            for part in 0..<3 {
                total += try await context.step.run("part-\(part)") { String(repeating: "x", count: 2_000_000) }.count
            }
            return total
        }
        Function("flaky", on: .event(Ordered.self), .retries(2)) { context in
            try await context.step.run("try") { attempt in
                ledger.add("try \(attempt.attempt)")
                if attempt.attempt < 2 { throw Flaky() }
            }
        }
    }
}

private struct Flaky: Error {}

private func mounted(_ app: App) -> Router<BasicRequestContext> {
    let router = Router()
    router.durable(app, at: "/api/inngest")
    return router
}

@Suite("From event to result, over HTTP")
struct WholeWayTests {
    @Test("An order waits, is paid, sleeps, works in parallel, and finishes; another function starts beside it")
    func order() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let ledger = Ledger()
            let app = try shop(orchestrator, ledger)
            try await serving(mounted(app)) { url in
                try await orchestrator.register(url + "/api/inngest")
                let event = try await app.client.send(Ordered(total: 3))
                try await orchestrator.advance()
                let runs = try await orchestrator.runs(of: event)
                #expect(Set(runs.compactMap { $0["function"]?.string }) == ["shop-order", "shop-flaky"])
                let order = try #require(runs.first { $0["function"] == "shop-order" })
                let waiting = try await orchestrator.timeline(order)["waiting"]?.elements.map { $0["kind"] ?? .null }
                #expect(waiting == ["event"])
                let waits = try await orchestrator.send("GET", "/v1/waits").data
                #expect(waits == [["event": "shop/paid", "unindexed": 0, "waits": 1]])

                try await app.client.send(Paid(orderID: "order-3"))
                try await orchestrator.advance("13h")
                let finished = try await orchestrator.timeline(order)
                #expect(finished["run"]?["status"] == "Completed")
                #expect(finished["run"]?["output"] == "invoice of order-3, parcel of order-3")
                let names = finished["steps"]?.elements.compactMap { $0["name"]?.string } ?? []
                #expect(names.prefix(3) == ["reserve", "payment", "cool-off"])
                #expect(Set(names.suffix(2)) == ["invoice", "pack"])
                #expect(ledger.all.filter { $0.hasPrefix("reserve") } == ["reserve 3"])
                #expect(ledger.all.filter { $0.hasPrefix("try") } == ["try 0", "try 1", "try 2"])
            }
        }
    }

    @Test("A wait that can't be looked up is counted and shown, and ends all the same")
    func unindexedWait() async throws {
        try await RunningOrchestrator.with { orchestrator in
            var configuration = Configuration(mode: .dev, environment: ["INNGEST_BASE_URL": orchestrator.url])
            configuration.logger.logLevel = .critical
            let app = try App("shop", configuration: configuration) {
                Function("watch", on: .event(named: "shop/opened")) { context in
                    let paid = try await context.step.waitForEvent(
                        "vip", Paid.self, timeout: .days(1), if: "async.data.orderID.startsWith('vip-')")
                    return paid != nil
                }
            }
            try await serving(mounted(app)) { url in
                try await orchestrator.register(url + "/api/inngest")
                let event = try await app.client.send([OutgoingEvent(name: "shop/opened")])
                try await orchestrator.advance()
                let run = try #require(try await orchestrator.runs(of: event[0]).first)
                let blocker = try #require(try await orchestrator.timeline(run)["waiting"]?[0])
                #expect(blocker["indexed"] == false)
                #expect(blocker["text"]?.string?.contains("not indexed") == true)
                let waits = try await orchestrator.send("GET", "/v1/waits").data
                #expect(waits == [["event": "shop/paid", "unindexed": 1, "waits": 1]])
                try await app.client.send(Paid(orderID: "order-3"))
                try await app.client.send(Paid(orderID: "vip-1"))
                try await orchestrator.advance()
                #expect(try await orchestrator.timeline(run)["run"]?["output"] == true)
                #expect(try await orchestrator.send("GET", "/v1/waits").data == [])
            }
        }
    }

    @Test("A run whose state is too big for a call goes on: the app loads the state itself")
    func bigState() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let app = try shop(orchestrator, Ledger())
            try await serving(mounted(app)) { url in
                try await orchestrator.register(url + "/api/inngest")
                let event = try await app.client.send([OutgoingEvent(name: "shop/heavy")])
                try await orchestrator.advance()
                let run = try #require(try await orchestrator.runs(of: event[0]).first)
                #expect(run["output"] == 6_000_000)
                let state = try await orchestrator.send("GET", "/v0/runs/\(run["run_id"]?.string ?? "")/actions")
                #expect(state.status == 410)
            }
        }
    }

    @Test("Advancing by nothing is always possible, however fast the clock runs")
    func advancingByNothing() async throws {
        try await RunningOrchestrator.with { orchestrator in
            for _ in 0..<200 { try await orchestrator.advance("0s") }
        }
    }

    @Test("With keys: everything is signed and nothing is answered without the keys")
    func signed() async throws {
        try await RunningOrchestrator.with(kind: .cloud) { orchestrator in
            let app = try shop(orchestrator, Ledger(), cloud: true)
            try await serving(mounted(app)) { url in
                try await orchestrator.register(url + "/api/inngest")
                let event = try await app.client.send(Ordered(total: 1))
                try await orchestrator.untilRuns(of: event) { $0.count == 2 }

                let anonymous = ["authorization": "Bearer wrong"]
                for path in ["/v1/runs", "/v1/events", "/v1/apps", "/v1/functions", "/v0/runs/\(event)/actions"] {
                    #expect(try await orchestrator.send("GET", path, headers: anonymous).status == 401, "\(path)")
                }
                let refused = try await orchestrator.send("POST", "/e/wrong-key", body: #"{"name":"a"}"#)
                #expect(refused.status == 401)
                #expect(refused.json["error"]?.string == "Event key not found")
                #expect(try await orchestrator.send("GET", "/v1/clock").status == 404)
                #expect(try await orchestrator.send("GET", "/dev").status == 404)
            }
        }
    }

    @Test("`start` goes by the wall's clock, wherever `dev` has left it") func wallClock() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("clock-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appendingPathComponent("state.sqlite").path
        @Sendable func sent(_ orchestrator: RunningOrchestrator) async throws -> Timestamp {
            let path = "/e/\(RunningOrchestrator.eventKey)"
            let answer = try await orchestrator.send("POST", path, body: #"{"name":"any"}"#)
            return try #require(answer.json["ids"]?[0]?.string.flatMap { ULID($0) }).time
        }
        let tomorrow = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) + .seconds(86_400)
        try await RunningOrchestrator.with(database: database) { orchestrator in
            try await orchestrator.advance("3d")
            _ = try await orchestrator.send("POST", "/v1/clock", body: #"{"pause":true}"#)
            let time = try await sent(orchestrator)
            #expect(time > tomorrow)
        }
        try await RunningOrchestrator.with(database: database) { orchestrator in
            let time = try await sent(orchestrator)
            #expect(time > tomorrow)
        }
        try await RunningOrchestrator.with(kind: .cloud, database: database) { orchestrator in
            let time = try await sent(orchestrator)
            #expect(time < tomorrow)
        }
    }

    @Test("State survives a restart: a sleeping run goes on in the next process")
    func restart() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("restart-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = folder.appendingPathComponent("state.sqlite").path
        let ledger = Ledger()
        let event = try await RunningOrchestrator.with(database: database) { orchestrator in
            let app = try shop(orchestrator, ledger)
            return try await serving(mounted(app)) { url in
                try await orchestrator.register(url + "/api/inngest")
                let event = try await app.client.send(Ordered(total: 5))
                try await orchestrator.advance()
                return event
            }
        }
        try await RunningOrchestrator.with(database: database) { orchestrator in
            let app = try shop(orchestrator, ledger)
            try await serving(mounted(app)) { url in
                // The app has moved to another port; its runs follow it.
                try await orchestrator.register(url + "/api/inngest")
                try await app.client.send(Paid(orderID: "order-5"))
                try await orchestrator.advance("13h")
                let runs = try await orchestrator.runs(of: event)
                #expect(runs.count == 2)
                #expect(runs.allSatisfy { $0["status"] == "Completed" })
                #expect(ledger.all.filter { $0.hasPrefix("reserve") }.count == 1)
            }
        }
    }
}

extension RunningOrchestrator {
    /// Asks until the runs of an event are as they should be. For `start`, whose clock can't be moved.
    func untilRuns(of event: String, _ isSo: ([JSON]) -> Bool) async throws {
        while try await !isSo(runs(of: event)) { await Task.yield() }
    }
}
