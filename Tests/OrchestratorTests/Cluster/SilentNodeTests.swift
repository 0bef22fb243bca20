import AppSDK
import AppSDKHummingbird
import Foundation
import JSON
import PostgresRig
import Synchronization
import Testing

/// A node that says nothing for longer than its lease, and comes back. Real processes, in real time.
@Suite("A node that was silent for too long", .timeLimit(.minutes(10)))
struct SilentNodeTests {
    /// When the answer of the first call comes to the node that was silent.
    enum Return: CaseIterable {
        /// The run is over by then.
        case afterwards
        /// The node that took over is in the middle of the call.
        case meanwhile
    }

    @Test(
        "Stopped in the middle of a call, it finds that another has taken over, and goes on as one of them",
        arguments: Return.allCases, [Checkpointing.off, .safe])
    func stopped(comesBack: Return, policy: Checkpointing) async throws {
        let uri = try PostgresServer.shared.get().newSchema()
        try await RealNode.with(["left", "right"]) { nodes in
            let left = nodes[0].child
            try await takenOver(
                left: nodes[0], at: uri, right: nodes[1], at: uri, policy: policy, comesBack: comesBack,
                fallsSilent: { left.freeze(true) }, isBack: { left.freeze(false) })
        }
    }

    /// What becomes of the connections of a node that was cut off.
    enum Network: CaseIterable {
        /// What was sent meanwhile arrives late.
        case goesOn
        /// It is lost, and connections have to be made anew.
        case broken
    }

    @Test(
        "Cut off from the database, it takes itself for dead, what it had on the way changes nothing, and it goes on",
        arguments: Network.allCases)
    func cutOff(network: Network) async throws {
        let server = try PostgresServer()
        try await Relay.with(before: server) { relay, detour in
            try await RealNode.with(["left", "right"]) { nodes in
                let left = nodes[0]
                try await takenOver(
                    left: left, at: detour, right: nodes[1], at: server.uri(), policy: .off, comesBack: .meanwhile,
                    fallsSilent: { relay.stall(true) },
                    isBack: {
                        let readiness = try await left.api.send("GET", "/ready").status
                        #expect(readiness == 503)
                        if network == .broken { relay.cut() }
                        relay.stall(false)
                    })
            }
        }
    }

    /// A step is called by the left node, which falls silent. The right one calls it again; the left one is back and
    /// brings the answer of the first call.
    private func takenOver(
        left: RealNode, at leftURI: String, right: RealNode, at rightURI: String, policy: Checkpointing,
        comesBack: Return, fallsSilent: @Sendable @escaping () -> Void,
        isBack: @Sendable @escaping () async throws -> Void
    ) async throws {
        let (starts, started) = AsyncStream.makeStream(of: Int.self)
        let (first, endFirst) = AsyncStream.makeStream(of: Never.self)
        let (second, endSecond) = AsyncStream.makeStream(of: Never.self)
        let calls = CallCount()
        let app = try App("late", configuration: right.configuration) {
            Function("work", on: .event(named: "late/work"), .checkpointing(policy)) { context in
                let result = try await context.step.run("slow") {
                    let call = calls.next()
                    started.yield(call)
                    for await _ in call == 1 ? first : second {}
                    return "call \(call)"
                }
                return try await context.step.run("after") { result + ", and the rest" }
            }
            Function("quick", on: .event(named: "late/quick")) { context in
                try await context.step.run("only") { "done" }
            }
        }
        try await left.start(on: leftURI, ["--node-timeout", "4"])
        try await right.start(on: rightURI, ["--node-timeout", "4"])
        try await serving(RealNode.router(app)) { url in
            try await right.api.register(url + "/api/inngest")
            let event = try await left.send("late/work")
            _ = await starts.first { $0 == 1 }
            // It is the left one that has called.
            while try await right.openCalls(of: "left") != 1 {}
            fallsSilent()
            // The answer comes to the node while it is silent. A checkpoint would go to the other at once, under a
            // lease that still holds.
            if policy == .off, comesBack == .meanwhile { endFirst.finish() }
            _ = await starts.first { $0 == 2 }
            if comesBack == .afterwards {
                endSecond.finish()
                _ = try await right.completedRun(of: event)
            }
            endFirst.finish()
            try await isBack()
            try await left.inService()
            while try await right.openCalls(of: "left") != 0 {}
            endSecond.finish()

            for node in [right, left] {
                let run = try await node.completedRun(of: event)
                #expect(run["output"] == "call 2, and the rest")
                #expect(try await node.api.runs(of: event).count == 1)
                let kinds = try await node.api.timeline(run)["history"]?.elements.compactMap { $0["kind"]?.string }
                #expect(kinds?.count { $0 == "step.completed" } == 2)
                #expect(kinds?.count { $0 == "lease.lost" } == 1)
            }
            #expect(calls.count == 2)
            #expect(left.child.output.contains("this node was silent for too long"))
            #expect(try await right.states() == ["left": "running", "right": "running"])
            // Whoever takes an event calls for it.
            let later = try await left.send("late/quick")
            #expect(try await left.completedRun(of: later)["output"] == "done")
        }
    }
}

/// Numbers calls.
private final class CallCount: Sendable {
    private let calls = Mutex(0)

    func next() -> Int {
        calls.withLock { calls in
            calls += 1
            return calls
        }
    }

    var count: Int { calls.withLock { $0 } }
}
