import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import Orchestrator

@Suite("How often one may try to log in")
struct LoginLimitTests {
    private let limit = LoginLimit()

    /// How many of so many tries are let through.
    private func tries(_ count: Int, _ name: String, isKnown: Bool = true, from address: String) -> Int {
        (0..<count).count { _ in limit.count(name, isKnown: isKnown, from: address) == nil }
    }

    @Test("Wrong passwords for a name keep nobody out who comes from elsewhere")
    func otherAddress() {
        #expect(tries(500, "ada", from: "198.51.100.7") == 10)
        #expect(tries(1, "ada", from: "192.0.2.1") == 1)
    }

    @Test("Tries with any names keep nobody out who comes from elsewhere")
    func manyNames() {
        let passed = (0..<500).reduce(0) { $0 + tries(1, "name-\($1)", isKnown: false, from: "198.51.100.7") }
        #expect(passed == 100)
        #expect(tries(1, "ada", from: "192.0.2.1") == 1)
        #expect(tries(1, "ada", from: "198.51.100.7") == 0)
    }

    @Test("A token is limited by address alone")
    func token() {
        #expect(tries(500, DashboardUsers.tokenName, from: "198.51.100.7") == 100)
        #expect(tries(1, DashboardUsers.tokenName, from: "192.0.2.1") == 1)
    }

    @Test("Many addresses together have a limit, too, to which refused tries and unknown names don't count")
    func together() {
        let unknown = (0..<100).reduce(0) { $0 + tries(100, "x", isKnown: false, from: "198.51.100.\($1)") }
        #expect(unknown == 1000)
        let known = (0..<1000).reduce(0) { $0 + tries(20, "ada", from: "10.0.\($1 / 256).\($1 % 256)") }
        #expect(known == 6000)
    }

    @Test("Who has logged in may err again")
    func forgets() {
        #expect(tries(10, "ada", from: "192.0.2.1") == 10)
        limit.forget("ada", from: "192.0.2.1")
        #expect(tries(11, "ada", from: "192.0.2.1") == 10)
    }

    @Test("The address is that of the connection, or the one that the outermost proxy has seen")
    func addresses() throws {
        let peer = try SocketAddress(ipAddress: "10.1.2.3", port: 5000)
        func address(_ proxies: Int, _ header: String?) throws -> String {
            var fields: HTTPFields = [:]
            if let header { fields[try #require(HTTPField.Name("X-Forwarded-For"))] = header }
            let head = HTTPRequest(method: .post, scheme: "http", authority: "h", path: "/login", headerFields: fields)
            return RequestOrigin(proxies: proxies).address(
                of: Request(head: head, body: RequestBody(buffer: ByteBuffer())), peer: peer)
        }
        #expect(try address(0, "192.0.2.1") == "10.1.2.3")
        #expect(try address(1, nil) == "10.1.2.3")
        #expect(try address(1, "203.0.113.9, 192.0.2.1") == "192.0.2.1")
        #expect(try address(2, "203.0.113.9, 192.0.2.1, 192.0.2.2") == "192.0.2.1")
        let network = try address(1, "2001:db8:1:2:3:4:5:6")
        #expect(try address(1, "2001:db8:1:2::9") == network)
        #expect(try address(1, "2001:db8:1:3::9") != network)
    }
}
