import Engine
import Foundation
import JSON
import PostgresRig
import Synchronization
import Testing
import Wire

@testable import Stores

/// Limits under load: engines on threads of their own that take events, lease and answer at the same time.
@Suite("Flow control across processes", .timeLimit(.minutes(10))) struct SharedLoadTests {
    /// What nodes see while they work.
    private final class Watch: Sendable {
        struct State {
            /// Calls that are open, by a value of the key.
            var open: [String: Int] = [:]
            var most: [String: Int] = [:]
            var calls: [Call] = []
        }
        let state = Mutex(State())

        func opened(_ call: Call, _ key: String) {
            state.withLock { state in
                state.open[key, default: 0] += 1
                state.most[key] = max(state.most[key] ?? 0, state.open[key] ?? 0)
                state.calls.append(call)
            }
        }

        func closes(_ key: String) { state.withLock { $0.open[key]? -= 1 } }
    }

    private static let nodes = 3

    /// Has every node take its share of the events, and make and answer calls until there are none.
    private func work(
        _ cluster: Cluster, _ events: [JSON], chunk: Int = 5, key: @escaping @Sendable (Call) -> String = { _ in "" }
    ) throws -> Watch {
        let watch = Watch()
        let unsent = Mutex(events[...])
        let threads = cluster.engines.indices.map { node in
            Meanwhile(cluster) { cluster in
                var open: [Call] = []
                while true {
                    let share = unsent.withLock { events in
                        defer { events = events.dropFirst(chunk) }
                        return Array(events.prefix(chunk))
                    }
                    for call in open { watch.closes(key(call)) }
                    let answers = open.map {
                        FinishCall($0.key, lease: $0.lease, outcome: .returned(1), status: 200)
                    }
                    cluster.engines[node].notice(.call, at: Cluster.start)
                    cluster.engines[node].notice(.timer, at: Cluster.start)
                    let commands: [any Command] = answers + share.map { IngestEvents([$0]) }
                    let batch = cluster.engines[node].execute(commands, now: Cluster.start, room: 4)
                    for outcome in batch.outcomes { _ = try outcome.get() }
                    for call in batch.calls { watch.opened(call, key(call)) }
                    open = batch.calls
                    if share.isEmpty, open.isEmpty, answers.isEmpty { return }
                }
            }
        }
        for thread in threads { try thread.finish() }
        // What one node's last answer let go may have come after the others had looked.
        while true {
            let calls = cluster.lease(on: 0)
            if calls.isEmpty { break }
            for call in calls { try cluster.finish(call, on: 0) }
        }
        return watch
    }

    private static func events(_ count: Int, keys: Int) -> [JSON] {
        (0..<count).map { ["name": "go", "data": ["k": .string("k\($0 % keys)"), "n": .int($0)]] }
    }

    private static func key(_ call: Call) -> String {
        call.request.events.first?["data"]?["k"]?.string ?? ""
    }

    @Test("No key has more calls open than its limit, and all runs end") func concurrency() throws {
        let cluster = try Cluster(nodes: Self.nodes)
        try cluster.register(
            ("f", ["triggers": [["event": "go"]], "concurrency": ["key": "event.data.k", "limit": 2]]))
        let watch = try work(cluster, Self.events(120, keys: 3)) { Self.key($0) }
        #expect(watch.state.withLock { $0.most.values.max() ?? 0 } <= 2)
        #expect(try cluster.runs().count { $0.status == .completed } == 120)
    }

    @Test("A key of the account is shared by functions and nodes") func accountKey() throws {
        let cluster = try Cluster(nodes: Self.nodes)
        let rule: JSON = ["key": "event.data.k", "limit": 2, "scope": "account"]
        try cluster.register(
            ("f", ["triggers": [["event": "go"]], "concurrency": rule]),
            ("g", ["triggers": [["event": "go"]], "concurrency": rule]))
        let watch = try work(cluster, Self.events(60, keys: 2)) { Self.key($0) }
        #expect(watch.state.withLock { $0.most.values.max() ?? 0 } <= 2)
        #expect(try cluster.runs().count { $0.status == .completed } == 120)
    }

    @Test("A limit of whole runs holds across nodes") func runConcurrency() throws {
        let cluster = try Cluster(nodes: Self.nodes)
        try cluster.register(
            ("f", ["triggers": [["event": "go"]], "concurrency": ["fn": [["key": "event.data.k", "limit": 1]]]]))
        let watch = try work(cluster, Self.events(60, keys: 4)) { Self.key($0) }
        #expect(watch.state.withLock { $0.most.values.max() ?? 0 } <= 1)
        #expect(try cluster.runs().count { $0.status == .completed } == 60)
    }

    @Test("A throttle starts its burst once, and the rest of the period none") func throttle() throws {
        let cluster = try Cluster(nodes: Self.nodes)
        try cluster.register(
            ("f", ["triggers": [["event": "go"]], "throttle": ["limit": 7, "burst": 7, "period": "1h"]]))
        let watch = try work(cluster, Self.events(60, keys: 1))
        #expect(watch.state.withLock { $0.calls.count } == 7)
        #expect(try cluster.runs().count { $0.status == .scheduled } == 53)
    }

    @Test("A rate limit lets exactly so many in for each key") func rateLimit() throws {
        let cluster = try Cluster(nodes: Self.nodes)
        try cluster.register(
            (
                "f",
                [
                    "triggers": [["event": "go"]],
                    "rateLimit": ["limit": 7, "period": "1h", "key": "event.data.k"],
                ]
            ))
        _ = try work(cluster, Self.events(90, keys: 3))
        #expect(try cluster.runs().count == 21)
    }

    @Test("Batches have so many events each, and no event is in two") func batch() throws {
        let cluster = try Cluster(nodes: Self.nodes)
        try cluster.register(
            ("f", ["triggers": [["event": "go"]], "batchEvents": ["maxSize": 5, "timeout": "60s"]]))
        _ = try work(cluster, Self.events(100, keys: 1), chunk: 3)
        let runs = try cluster.runs()
        #expect(runs.count == 20)
        #expect(runs.allSatisfy { $0.eventIDs.count == 5 })
        #expect(Set(runs.flatMap(\.eventIDs)).count == 100)
    }

    @Test("A singleton has one live run for each key") func singleton() throws {
        let cluster = try Cluster(nodes: Self.nodes)
        try cluster.register(
            ("f", ["triggers": [["event": "go"]], "singleton": ["mode": "skip", "key": "event.data.k"]]))
        let watch = try work(cluster, Self.events(90, keys: 3)) { Self.key($0) }
        #expect(watch.state.withLock { $0.most.values.max() ?? 0 } == 1)
        #expect(try cluster.runs().allSatisfy { [.completed, .skipped].contains($0.status) })
    }
}
