import HTTPTypes
import Hummingbird
import NIOCore

/// The context of a request that also tells who sent it.
struct APIContext: RemoteAddressRequestContext {
    var coreContext: CoreRequestContextStorage
    private let channel: any Channel

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    var remoteAddress: SocketAddress? { channel.remoteAddress }
}

/// Where a request comes from: the address at the other end of the connection, or what the proxies in front say.
struct RequestOrigin: Sendable {
    /// How many proxies are in front. Each adds the address that it sees to `X-Forwarded-For`; what stands before
    /// theirs, anybody may have written.
    var proxies = 0

    func address(of request: Request, peer: SocketAddress?) -> String {
        guard proxies > 0, let header = HTTPField.Name("X-Forwarded-For") else { return Self.network(of: peer) }
        let hops = request.headers[values: header].flatMap { $0.split(separator: ",") }
        guard hops.count >= proxies else { return Self.network(of: peer) }
        let text = String(hops[hops.count - proxies].filter { !$0.isWhitespace }.prefix(100))
        return (try? SocketAddress(ipAddress: text, port: 0)).map(Self.network) ?? text
    }

    /// Whoever has one address of IPv6 has 2^64 of them.
    private static func network(of address: SocketAddress?) -> String {
        guard let address, let text = address.ipAddress else { return "" }
        guard case .v6(let v6) = address else { return text }
        let bytes = withUnsafeBytes(of: v6.address.sin6_addr) { Array($0) }
        // IPv4 in IPv6.
        if bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] { return text }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":")
    }
}
