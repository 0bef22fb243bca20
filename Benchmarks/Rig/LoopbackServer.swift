import Hummingbird
import Logging

/// A server in this process, on a port of loopback that the system chooses.
package struct LoopbackServer: Sendable {
    package let port: Int
    private let task: Task<Void, any Error>

    package var origin: String { "http://127.0.0.1:\(port)" }

    package static func start(_ router: Router<BasicRequestContext>) async throws -> LoopbackServer {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "rig")
        // Connections that a killed process has left are no news here.
        logger.logLevel = .critical
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { continuation.yield(port) }
            }, logger: logger)
        let task = Task.detached {
            defer { continuation.finish() }
            try await application.run()
        }
        for await port in ports { return LoopbackServer(port: port, task: task) }
        try await task.value
        throw RigError("the server ended before it listened")
    }

    package func stop() { task.cancel() }
}
