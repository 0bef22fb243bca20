import NIOCore
import NIOPosix
import Synchronization

/// A server that answers bytes with bytes, however wrong they are as HTTP.
struct RawServer: Sendable {
    let origin: String
    private let channel: any Channel

    /// What is done when a request has begun to come in.
    enum Behaviour: Sendable {
        /// These bytes, then the end of the connection.
        case bytes(String)
        /// These bytes, and then nothing more, for ever.
        case bytesThenSilence(String)
        /// The connection ends.
        case close
        /// A head, and then one byte of the body after the other, for ever.
        case drip
        /// A good answer with a body of that many spaces before an empty object.
        case large(Int)

        static func json(_ status: String = "200 OK", _ body: String) -> Behaviour {
            .bytes("HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\nconnection: close\r\n\r\n\(body)")
        }
    }

    static func start(_ behaviour: @escaping @Sendable (_ origin: String) -> Behaviour) async throws -> RawServer {
        let shared = Shared()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Handler(behaviour: { behaviour(shared.origin) }, requests: shared))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let text = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
        shared.origin = text
        return RawServer(origin: text, channel: channel, shared: shared)
    }

    private let shared: Shared

    private init(origin: String, channel: any Channel, shared: Shared) {
        self.origin = origin
        self.channel = channel
        self.shared = shared
    }

    /// How many connections have asked something.
    var requestCount: Int { shared.count }

    func stop() async { try? await channel.close() }

    private final class Shared: Sendable {
        private let state = Mutex((origin: "", count: 0))
        var origin: String {
            get { state.withLock { $0.origin } }
            set { state.withLock { $0.origin = newValue } }
        }
        var count: Int { state.withLock { $0.count } }
        func add() { state.withLock { $0.count += 1 } }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let behaviour: @Sendable () -> Behaviour
        private let requests: Shared
        private var hasAnswered = false

        init(behaviour: @escaping @Sendable () -> Behaviour, requests: Shared) {
            self.behaviour = behaviour
            self.requests = requests
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if hasAnswered { return }
            hasAnswered = true
            requests.add()
            switch behaviour() {
            case .bytes(let text): send(text, context, closes: true)
            case .bytesThenSilence(let text): send(text, context, closes: false)
            case .close: context.close(promise: nil)
            case .drip:
                send("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", context, closes: false)
                drip(context)
            case .large(let size):
                send("HTTP/1.1 200 OK\r\ncontent-length: \(size + 2)\r\n\r\n", context, closes: false)
                send(String(repeating: " ", count: size) + "{}", context, closes: true)
            }
        }

        private func send(_ text: String, _ context: ChannelHandlerContext, closes: Bool) {
            let done = context.eventLoop.makePromise(of: Void.self)
            if closes { done.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) } }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: done)
        }

        private func drip(_ context: ChannelHandlerContext) {
            guard context.channel.isActive else { return }
            send(" ", context, closes: false)
            context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(20)) { self.drip(context) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// Sends bytes to a port, however wrong they are as HTTP.
enum RawClient {
    /// What came back until the other side ended the connection.
    ///
    /// - Parameter hangsUp: ends the sending half after the bytes.
    static func send(_ text: String, to port: Int, hangsUp: Bool = false) async throws -> String {
        let received = GrowingText()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(received))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(ByteBuffer(string: text))
        if hangsUp { try? await channel.close(mode: .output) }
        try? await channel.closeFuture.get()
        return received.text
    }

    /// Opens a connection, sends bytes, and leaves it open.
    static func leaveOpen(_ text: String, to port: Int) async throws -> any Channel {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(ByteBuffer(string: text))
        return channel
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let received: GrowingText

        init(_ received: GrowingText) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received.append(String(buffer: unwrapInboundIn(data)))
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// Text that grows.
final class GrowingText: Sendable {
    private let value = Mutex("")
    var text: String { value.withLock { $0 } }
    func append(_ more: String) { value.withLock { $0 += more } }
}
