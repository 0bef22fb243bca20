import Foundation
import JSON
import Rig
import Synchronization

/// Concurrent clients that send events, whatever happens to the orchestrator, and remember what was acknowledged.
final class Clients: Sendable {
    /// What a client does when it gets no acknowledgement.
    enum Manner: CaseIterable, Sendable {
        /// Gives up: the event may be there, or not.
        case forgets
        /// Sends the event again under its id, which starts each function once.
        case repeatsID
        /// Sends the request again under its seed, which makes the same events.
        case repeatsSeed
    }

    struct Tally: Sendable {
        /// The keys of acknowledged events by the ids that the orchestrator gave them.
        var acknowledged: [String: String] = [:]
        var requests = 0
        var unanswered = 0
        var refusals: [String] = []
    }

    private let clients: [LoopbackClient]
    private let pause: Duration
    private let tally = Mutex(Tally())
    private let stopping = Mutex(false)

    /// - Parameter pause: how long each client rests between two requests.
    init(origins: [String], pause: Duration) {
        clients = origins.map { LoopbackClient(origin: $0) }
        self.pause = pause
    }

    var soFar: Tally { tally.withLock { $0 } }

    /// Has the clients stop when what they have begun is acknowledged.
    func stop() { stopping.withLock { $0 = true } }

    private var isStopping: Bool { stopping.withLock { $0 } }

    func run(count: Int, seed: UInt64) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                let generator = SeededGenerator(seed: seed &+ UInt64(number))
                group.addTask { try await self.send(as: number, generator) }
            }
            try await group.waitForAll()
        }
    }

    private func send(as number: Int, _ generator: SeededGenerator) async throws {
        var generator = generator
        var sent = 0
        while !isStopping {
            let manner = Manner.allCases.randomElement(using: &generator) ?? .forgets
            var keys: [String] = []
            var events: [JSON] = []
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                guard let event = TrialEvent.sent.randomElement(using: &generator) else { continue }
                let key = "\(manner)-\(number)-\(sent)"
                sent += 1
                keys.append(key)
                events.append([
                    "data": ["key": .string(key)], "id": manner == .repeatsID ? .string(key) : nil,
                    "name": .string(event.name),
                ])
            }
            let entropy = Data((0..<10).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
            let headers = manner == .repeatsSeed ? [("x-inngest-event-id-seed", seed(entropy))] : []
            try await deliver(.array(events), keys, headers, repeats: manner != .forgets)
            try await Task.sleep(for: pause)
        }
    }

    private func seed(_ entropy: Data) -> String {
        "\(Int64(Date().timeIntervalSince1970 * 1000)),\(entropy.base64EncodedString())"
    }

    private func deliver(_ events: JSON, _ keys: [String], _ headers: [(String, String)], repeats: Bool) async throws {
        while true {
            tally.withLock { $0.requests += 1 }
            let answer = try? await clients.randomElement()?.send(
                "POST", "/e/kill-loop", headers: headers, body: Array(events.bytes))
            if let answer, answer.status == 200 {
                let ids = answer.json?["ids"]?.elements.compactMap(\.string) ?? []
                return tally.withLock { tally in
                    if ids.count != keys.count { tally.refusals.append("\(keys.count) events got \(ids.count) ids") }
                    for (id, key) in zip(ids, keys) { tally.acknowledged[id] = key }
                }
            }
            tally.withLock { tally in
                switch answer?.status {
                case nil: tally.unanswered += 1
                case 429, 503: break
                case let status?: tally.refusals.append("events were refused with \(status)")
                }
            }
            // The orchestrator is down: it comes back soon.
            try await Task.sleep(for: .milliseconds(20))
            if !repeats { return }
        }
    }
}
