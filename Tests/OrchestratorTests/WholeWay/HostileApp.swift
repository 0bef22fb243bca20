import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// An app that speaks HTTP by hand: it answers each request with the bytes that it is told, and may break off there.
final class HostileApp: Sendable {
    /// What it does when a request has come in whole.
    enum Reply: Sendable {
        case send(String)
        /// Sends, and closes the connection.
        case sendAndClose(String)
        /// Sends, and closes its half of the connection alone.
        case sendAndHalfClose(String)
        case close
        /// Sends when a gate has opened.
        case sendAfter(Gate, String)
        /// Sends byte by byte.
        case drip(String)
        /// Sends, and then a space at a time, for ever.
        case dripForEver(String)
    }

    /// The head and the body of each request that came.
    private let received = Mutex<[String]>([])
    private let script: @Sendable (_ request: String, _ number: Int) -> Reply

    var requests: [String] { received.withLock { $0 } }

    init(_ script: @escaping @Sendable (_ request: String, _ number: Int) -> Reply) {
        self.script = script
    }

    /// An HTTP answer of an SDK.
    static func answer(_ status: String, _ body: String, length: Int? = nil) -> String {
        "HTTP/1.1 \(status)\r\nx-inngest-sdk: test:v1\r\nx-inngest-req-version: 2\r\n"
            + "content-type: application/json\r\ncontent-length: \(length ?? body.utf8.count)\r\n\r\n\(body)"
    }

    /// Returns when so many requests have come.
    func untilCalled(_ count: Int) async throws {
        while requests.count < count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// Answers on a loopback port for as long as the body runs.
    func serve<Result: Sendable>(_ body: @Sendable (_ url: String) async throws -> Result) async throws -> Result {
        let channel = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Conversation(self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            let result = try await body("http://127.0.0.1:\(channel.localAddress?.port ?? 0)/api")
            try await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    fileprivate func reply(to request: String) -> Reply {
        let number = received.withLock {
            $0.append(request)
            return $0.count
        }
        return script(request, number)
    }
}

/// Holds answers back until a test lets them go.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for action in waiting { action() }
    }

    fileprivate func whenOpen(_ action: @escaping @Sendable () -> Void) {
        let isOpen = state.withLock { state in
            if !state.isOpen { state.waiting.append(action) }
            return state.isOpen
        }
        if isOpen { action() }
    }
}

/// One connection.
private final class Conversation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let app: HostileApp
    private var text = ""

    init(_ app: HostileApp) {
        self.app = app
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        text += String(buffer: unwrapInboundIn(data))
        guard let head = text.range(of: "\r\n\r\n") else { return }
        let length =
            text[..<head.lowerBound].lowercased().firstMatch(of: /content-length: (\d+)/)
            .flatMap { Int($0.output.1) } ?? 0
        guard text[head.upperBound...].utf8.count >= length else { return }
        let request = text
        text = ""
        act(app.reply(to: request), context)
    }

    private func act(_ reply: HostileApp.Reply, _ context: ChannelHandlerContext) {
        func write(_ text: String) { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil) }
        switch reply {
        case .send(let text): write(text)
        case .sendAndClose(let text):
            write(text)
            context.close(promise: nil)
        case .sendAndHalfClose(let text):
            write(text)
            context.close(mode: .output, promise: nil)
        case .close: context.close(promise: nil)
        case .sendAfter(let gate, let text):
            let channel = context.channel
            gate.whenOpen { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
        case .drip(let text): for byte in text.utf8 { write(String(UnicodeScalar(byte))) }
        case .dripForEver(let text):
            write(text)
            let channel = context.channel
            channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(10)) { task in
                guard channel.isActive else { return task.cancel() }
                channel.writeAndFlush(ByteBuffer(string: " "), promise: nil)
            }
        }
    }
}
