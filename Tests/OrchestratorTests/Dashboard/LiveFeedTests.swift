import Engine
import JSON
import NIOCore
import Testing
import Wire

@testable import Orchestrator

@Suite("The live feed")
struct LiveFeedTests {
    private let feed = LiveFeed()

    private func run(_ number: Int) -> ULID { ULID(time: Timestamp(milliseconds: 1), random: UInt128(number)) }

    /// The next frames of a stream: their names, and their ids.
    private func frames(_ count: Int, of stream: AsyncStream<ByteBuffer>?) async throws -> [(name: String, id: String)]
    {
        var iterator = try #require(stream).makeAsyncIterator()
        var frames: [(String, String)] = []
        while frames.count < count, let frame = await iterator.next() {
            let lines = String(buffer: frame).split(separator: "\n")
            frames.append((String(lines[1].dropFirst(7)), String(lines[0].dropFirst(4))))
        }
        return frames
    }

    @Test("Nobody listens: nothing is collected")
    func silence() {
        var touched = Touched()
        touched.runs = [run(1)]
        feed.note(touched)
        #expect(feed.takePending().touched.isEmpty)
        _ = feed.listen(after: nil, run: nil)
        feed.note(touched)
        #expect(feed.takePending().touched.runs == [run(1)])
        #expect(feed.takePending().touched.isEmpty)
    }

    @Test("Everybody gets what changed; who watches one run is told of that one only")
    func fanOut() async throws {
        let all = feed.listen(after: nil, run: nil)
        let one = feed.listen(after: nil, run: run(1))
        feed.send("change", [:], runs: [run(2)])
        feed.send("change", [:], runs: [run(1), run(2)])
        feed.send("change", [:], runs: nil)
        #expect(try await frames(4, of: all).map(\.name) == ["hello", "change", "change", "change"])
        #expect(try await frames(3, of: one).map(\.name) == ["hello", "run", "run"])
    }

    @Test("Who comes back gets what was missed, once")
    func catchUp() async throws {
        let first = feed.listen(after: nil, run: nil)
        for _ in 0..<3 { feed.send("change", [:], runs: []) }
        let seen = try await frames(2, of: first)
        let again = try await frames(3, of: feed.listen(after: seen[1].id, run: nil))
        #expect(again.map(\.name) == ["hello", "change", "change"])
        #expect(Set(again.dropFirst().map(\.id)).isDisjoint(with: seen.map(\.id)))
    }

    @Test("Who comes back and drops out again before it has got what it missed gets that the next time")
    func catchUpTwice() async throws {
        let first = feed.listen(after: nil, run: nil)
        for _ in 0..<3 { feed.send("change", [:], runs: []) }
        let seen = try await frames(1, of: first)
        // The connection ends after the first frame, whose id is what the browser comes back with.
        let again = try await frames(1, of: feed.listen(after: seen[0].id, run: nil))
        let stream = feed.listen(after: again[0].id, run: nil)
        feed.close()
        let third = try await frames(4, of: stream)
        #expect(third.map(\.name) == ["hello", "change", "change", "change"])
    }

    @Test("What could not be read is to be read again by everybody")
    func unreadable() async throws {
        let all = feed.listen(after: nil, run: nil)
        let one = feed.listen(after: nil, run: run(1))
        var touched = Touched()
        touched.runs = [run(1)]
        feed.note(touched)
        await LiveService.tell(feed) { _, _ in throw Unreadable() }
        feed.close()
        #expect(try await frames(2, of: all).map(\.name) == ["hello", "reset"])
        #expect(try await frames(2, of: one).map(\.name) == ["hello", "run"])
    }

    private struct Unreadable: Error {}

    @Test("That apps have changed is told also where there are too many runs")
    func appsAmongMany() {
        _ = feed.listen(after: nil, run: nil)
        for batch in 0..<60 {
            var touched = Touched()
            touched.runs = Set((0..<100).map { run(batch * 100 + $0) })
            feed.note(touched)
        }
        var touched = Touched()
        touched.apps = true
        feed.note(touched)
        let (pending, _) = feed.takePending()
        let isTold = pending.apps
        #expect(isTold)
    }

    @Test("What is not known any more is to be read again", arguments: ["nonsense", "01ARZ3NDEKTSV4RRFFQ69G5FAV-3"])
    func reset(last: String) async throws {
        #expect(try await frames(1, of: feed.listen(after: last, run: nil)).map(\.name) == ["reset"])
        let first = feed.listen(after: nil, run: nil)
        feed.send("change", [:], runs: [])
        let id = try await frames(2, of: first)[1].id
        for _ in 0..<200 { feed.send("change", [:], runs: []) }
        #expect(try await frames(1, of: feed.listen(after: id, run: nil)).map(\.name) == ["reset"])
    }

    @Test("Too much at once is told as such, and who lags too far behind is let go")
    func bounds() async throws {
        let slow = try #require(feed.listen(after: nil, run: nil))
        for batch in 0..<60 {
            var touched = Touched()
            touched.runs = Set((0..<100).map { run(batch * 100 + $0) })
            feed.note(touched)
        }
        let (touched, overflowed) = feed.takePending()
        #expect(overflowed && touched.runs.count == 5000)
        for _ in 0..<1000 { feed.send("change", [:], runs: []) }
        var count = 0
        for await _ in slow { count += 1 }
        #expect(count < 200)
    }

    @Test("There is room for some hundreds, and none after the end")
    func room() {
        var streams = (0..<LiveFeed.maximumListeners).map { _ in feed.listen(after: nil, run: nil) }
        #expect(streams.allSatisfy { $0 != nil })
        #expect(feed.listen(after: nil, run: nil) == nil)
        streams.removeLast()
        #expect(feed.listen(after: nil, run: nil) != nil)
        feed.close()
        streams = []
        #expect(feed.listen(after: nil, run: nil) == nil)
    }
}
