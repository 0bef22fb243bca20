import Foundation
import Synchronization

/// Finds a port on loopback that nobody listens on.
enum FreePort {
    /// Below those that the system gives to outgoing connections: while the server is down, a client that tries to
    /// reach it could get its very port, and connect to itself.
    private static let range = 20_000..<32_000
    /// Those that were found: whoever asked may not listen yet.
    private static let found = Mutex<Set<Int>>([])

    static func find() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: range)
            if isFree(port), found.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw RigError("no free port between \(range.lowerBound) and \(range.upperBound)")
    }

    private static func isFree(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return false }
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        return withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
