import Foundation
import Rig

/// The ceiling: the HTTP client of the orchestrator calls the server of the app, which sends the body back.
struct Echo: Sendable {
    let client: LoopbackClient

    /// The median time of a call, one after the other.
    func milliseconds(bodySize: Int, calls: Int = 300) async throws -> Double {
        let body = [UInt8](repeating: 0x20, count: bodySize)
        var times: [Double] = []
        for _ in 0..<calls {
            let start = ContinuousClock.now
            try await call(body)
            times.append((ContinuousClock.now - start).inMilliseconds)
        }
        return Figure.median(times)
    }

    /// Calls per second, many at once.
    func callsPerSecond(bodySize: Int, calls: Int = 10_000, concurrency: Int = 64) async throws -> Double {
        let body = [UInt8](repeating: 0x20, count: bodySize)
        let start = ContinuousClock.now
        try await Crowd.run(concurrency, times: calls) { try await call(body) }
        return Double(calls) / (ContinuousClock.now - start).inSeconds
    }

    private func call(_ body: [UInt8]) async throws {
        let answer = try await client.send("POST", "/echo", body: body)
        guard answer.status == 200, answer.body.count == body.count else {
            throw RigError("the echo answered \(answer.status) with \(answer.body.count) bytes")
        }
    }
}

/// Many at once doing the same.
enum Crowd {
    static func run(_ members: Int, times: Int, _ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for member in 0..<members {
                let share = times / members + (member < times % members ? 1 : 0)
                group.addTask { for _ in 0..<share { try await body() } }
            }
            try await group.waitForAll()
        }
    }
}

extension Duration {
    var inSeconds: Double { self / .seconds(1) }
    var inMilliseconds: Double { self / .milliseconds(1) }
}
