import AsyncHTTPClient
import NIOCore
import Rig

/// Open dashboards, as far as the orchestrator notices them: each has a live stream, and reads what a page with the list
/// of runs reads while runs change all the time. They share the machine with what is measured.
enum Dashboards {
    /// How often the page asks again, in seconds: for its totals, and for its list where more has changed than it is told.
    private static let totals = 5.0
    private static let list = 10.0

    /// Does something while so many are open.
    static func open<Result: Sendable>(
        _ count: Int, of origin: String, while work: () async throws -> Result
    ) async throws -> Result {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = count * 2
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let (begun, opened) = AsyncStream.makeStream(of: Bool.self)
        let tasks = (0..<count).flatMap { number in
            let offset = Double(number) / Double(count)
            return [
                Task { try await watch(client, origin) { opened.yield($0) } },
                Task { try await read(client, origin + "/v1/runs/totals", every: totals, from: offset * totals) },
                Task {
                    try await read(client, origin + "/v1/runs?summary=true&limit=50", every: list, from: offset * list)
                },
            ]
        }
        do {
            var number = 0
            for await isOpen in begun {
                guard isOpen else { throw RigError("a live stream ended") }
                number += 1
                if number == count { break }
            }
            let result = try await work()
            try await end(tasks, client)
            return result
        } catch {
            try await end(tasks, client)
            throw error
        }
    }

    private static func end(_ tasks: [Task<Void, any Error>], _ client: HTTPClient) async throws {
        for task in tasks { task.cancel() }
        for task in tasks { _ = await task.result }
        try await client.shutdown()
    }

    private static func watch(_ client: HTTPClient, _ origin: String, report: @Sendable (Bool) -> Void) async throws {
        defer { report(false) }
        let response = try await client.execute(HTTPClientRequest(url: origin + "/v1/live"), timeout: .hours(1))
        guard response.status == .ok else { return }
        report(true)
        for try await _ in response.body {}
    }

    private static func read(
        _ client: HTTPClient, _ url: String, every seconds: Double, from offset: Double
    ) async throws {
        try await Task.sleep(for: .seconds(offset))
        while !Task.isCancelled {
            let response = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(10))
            for try await _ in response.body {}
            try await Task.sleep(for: .seconds(seconds))
        }
    }
}
