import NIOCore
import NIOPosix
import Synchronization

/// Speaks enough SMTP to take one email a connection, on this machine.
final class FakeSMTPServer: Sendable {
    private let transcript = Mutex<(commands: [String], message: [String])>(([], []))
    private let replies: [String: String]

    /// What the client said, but for the message.
    var commands: [String] { transcript.withLock { $0.commands } }
    /// The lines of the message.
    var message: [String] { transcript.withLock { $0.message } }

    /// - Parameter replies: what to answer to a command instead of "250 ok".
    init(replies: [String: String] = [:]) {
        self.replies = replies
    }

    /// Serves while the body runs, which gets the URL.
    func run(_ body: (String) async throws -> Void) async throws {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Conversation(server: self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body("smtp://127.0.0.1:\(channel.localAddress?.port ?? 0)")
        } catch {
            try await channel.close()
            throw error
        }
        try await channel.close()
    }

    fileprivate func answer(to command: String) -> String {
        transcript.withLock { $0.commands.append(command) }
        let verb = String(command.prefix { $0 != " " && $0 != ":" }).uppercased()
        if let reply = replies[verb] { return reply }
        switch verb {
        case "DATA": return "354 go on"
        case "QUIT": return "221 bye"
        default: return "250 ok"
        }
    }

    fileprivate func take(line: String) { transcript.withLock { $0.message.append(line) } }
}

private final class Conversation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let server: FakeSMTPServer
    private var unread = ""
    private var isInMessage = false

    init(server: FakeSMTPServer) {
        self.server = server
    }

    func channelActive(context: ChannelHandlerContext) { say("220 acme.example ESMTP", context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unread += String(buffer: unwrapInboundIn(data))
        // CRLF is one character.
        while let end = unread.firstIndex(of: "\r\n") {
            let line = String(unread[..<end])
            unread = String(unread[unread.index(after: end)...])
            read(line, context)
        }
    }

    private func read(_ line: String, _ context: ChannelHandlerContext) {
        guard isInMessage else {
            let reply = server.answer(to: line)
            isInMessage = reply.hasPrefix("354")
            return say(reply, context)
        }
        if line == "." {
            isInMessage = false
            say("250 taken", context)
        } else {
            server.take(line: line)
        }
    }

    private func say(_ line: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "\(line)\r\n")), promise: nil)
    }
}
