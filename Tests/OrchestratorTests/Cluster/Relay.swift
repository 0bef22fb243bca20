import NIOCore
import NIOPosix
import PostgresRig
import Synchronization

/// Stands between a node and its server, and can stop passing anything on, as a network that is cut does: connections
/// stay open, new ones are taken, and nothing comes.
final class Relay: Sendable {
    private let state = Mutex(State())

    private struct State {
        var listener: (any Channel)?
        var channels: [any Channel] = []
        var isStalled = false
    }

    /// Stands before a server for as long as a body runs.
    static func with<Result>(
        before server: PostgresServer, _ body: (_ relay: Relay, _ uri: String) async throws -> Result
    ) async throws -> Result {
        let relay = Relay()
        let listener = try await relay.listen(to: server.folder.appendingPathComponent(".s.PGSQL.5432").path)
        relay.state.withLock { $0.listener = listener }
        do {
            let port = listener.localAddress?.port ?? 0
            let result = try await body(relay, "postgresql://postgres@127.0.0.1:\(port)/postgres")
            try await relay.close()
            return result
        } catch {
            try await relay.close()
            throw error
        }
    }

    /// Stops passing anything on, or goes on with what has come meanwhile.
    func stall(_ stalls: Bool) {
        let channels = state.withLock { state in
            state.isStalled = stalls
            return state.channels
        }
        for channel in channels { _ = channel.setOption(.autoRead, value: !stalls) }
    }

    /// Breaks all connections off. What has come meanwhile is lost.
    func cut() {
        let channels = state.withLock { state in
            defer { state.channels = [] }
            return state.channels
        }
        for channel in channels { channel.close(promise: nil) }
    }

    private func close() async throws {
        cut()
        try await state.withLock { $0.listener }?.close()
    }

    private func listen(to socket: String) async throws -> any Channel {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { [self] client in
                ClientBootstrap(group: client.eventLoop).channelOption(.autoRead, value: false)
                    .connect(unixDomainSocketPath: socket)
                    .flatMapThrowing { [self] server in
                        try client.pipeline.syncOperations.addHandler(Passing(to: server))
                        try server.pipeline.syncOperations.addHandler(Passing(to: client))
                        admit([client, server])
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private func admit(_ channels: [any Channel]) {
        let isStalled = state.withLock { state in
            state.channels += channels
            return state.isStalled
        }
        for channel in channels where !isStalled { _ = channel.setOption(.autoRead, value: true) }
    }
}

/// Hands what comes to the other side.
private final class Passing: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) { self.other = other }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
