import Engine
import Foundation
import Logging
import PostgresRig
import Synchronization
import Testing
import Wire

@testable import Stores

/// What nodes tell each other. They look around by themselves only once a minute here, unless a test says otherwise.
@Suite("News between nodes", .timeLimit(.minutes(10))) struct MemberTests {
    private struct Node {
        let member: PostgresMember
        let news: AsyncStream<PostgresMember.News>
    }

    private func join(_ number: Int, _ address: PostgresAddress, sweep: Duration = .seconds(60)) throws -> Node {
        var timing = PostgresMember.Timing(lifetime: .seconds(120))
        timing.sweepInterval = sweep
        let member = PostgresMember(
            address, id: Sample.id(number), name: "node-\(number)", version: "1", timing: timing,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let (news, continuation) = AsyncStream.makeStream(of: PostgresMember.News.self)
        try member.start { continuation.yield($0) }
        return Node(member: member, news: news)
    }

    /// - Parameter schema: nil for a new name.
    private func address(_ mode: PostgresMode = .session, schema: String? = nil) throws -> PostgresAddress {
        let server = try PostgresServer.shared.get()
        if let schema { try server.sql("CREATE SCHEMA \(schema)") }
        let address = PostgresAddress(try schema.map { server.uri(schema: $0) } ?? server.newSchema(), mode: mode)
        _ = try PostgresStore(address, node: Sample.id(9))
        return address
    }

    /// The next news that are no sweep; nil where a second sweep comes first.
    private func told(_ node: Node) async -> PostgresMember.News? {
        var sweeps = 0
        for await news in node.news {
            guard case .sweep = news else { return news }
            sweeps += 1
            if sweeps == 2 { return nil }
        }
        return nil
    }

    @Test(
        "Work that one node has no room for wakes the other before it looks around, also in a schema of the longest name",
        arguments: [nil, String(repeating: "s", count: 63)])
    func work(schema: String?) async throws {
        let address = try address(schema: schema)
        let (left, right) = (try join(1, address), try join(2, address))
        defer { for node in [left, right] { node.member.stop() } }
        // It listens once it has looked around.
        for await news in right.news { if case .sweep = news { break } }
        left.member.announceWork()
        guard case .work = await told(right) else {
            Issue.record("nothing was told")
            return
        }
    }

    @Test("What changes on one node is told to those who watch on every other") func live() async throws {
        let address = try address()
        let first = try join(1, address)
        let (second, third) = (try join(2, address), try join(3, address))
        // Joins last and finds the others.
        let teller = try join(4, address)
        defer { for node in [first, second, third, teller] { node.member.stop() } }
        for node in [first, second, third, teller] {
            for await news in node.news { if case .sweep = news { break } }
        }
        var touched = Touched()
        touched.runs = [Sample.id(77)]
        touched.events = [Sample.id(78)]
        teller.member.announce(touched)
        for node in [first, second, third] {
            var heard = Touched()
            while heard.runs.isEmpty || heard.events.isEmpty, case .live(let more) = await told(node) {
                heard.formUnion(more)
            }
            #expect(heard.runs == [Sample.id(77)])
            #expect(heard.events == [Sample.id(78)])
        }
    }

    @Test("Without notifications the looks around find what is due, and who has died", arguments: PostgresMode.allCases)
    func sweep(_ mode: PostgresMode) async throws {
        let address = try address(mode)
        let node = try join(1, address, sweep: .milliseconds(20))
        defer { node.member.stop() }
        let store = try PostgresStore(address, node: Sample.id(2))
        var changes = Changes()
        changes.newRuns = [Sample.run(1), Sample.run(2)]
        changes.queueItems = [
            Sample.item(.run(Sample.id(1)), .discover, due: 7),
            // Of a node that is not there.
            Sample.item(.run(Sample.id(2)), .discover, lease: Sample.id(50)),
        ]
        let rows = changes
        try store.transaction { try store.write(rows) }
        for await case .sweep(let due, let hasLost, _) in node.news {
            guard let time = due[.call], hasLost else { continue }
            #expect(time == Sample.time(7))
            break
        }
    }

    @Test("Behind a pooler nothing is told") func pooler() async throws {
        let address = try address(.transaction)
        let (left, right) = (try join(1, address), try join(2, address, sweep: .milliseconds(50)))
        defer { for node in [left, right] { node.member.stop() } }
        left.member.announceWork()
        #expect(await told(right) == nil)
    }
}
