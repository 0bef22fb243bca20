import JSON
import Testing

@testable import Orchestrator

@Suite("Searches by a condition", .timeLimit(.minutes(10)))
struct SearchTests {
    @Test("A costly condition ends a search early, and the cursor goes on from there")
    func costly() async throws {
        try await RunningOrchestrator.with { orchestrator in
            let list = "[" + (0..<200).map(String.init).joined(separator: ",") + "]"
            let events = (0..<15).map { #"{"name":"big","data":{"n":\#($0),"l":\#(list)}}"# }
            let sent = try await orchestrator.send("POST", "/e/k", body: "[" + events.joined(separator: ",") + "]")
            #expect(sent.status == 200)
            // 40,000 comparisons for each event.
            let path = "/v1/events?name=big&if=event.data.l.all(x,event.data.l.all(y,y%3E%3D0))"
            var found: [Int] = []
            var scanned: [Int] = []
            var cursor = ""
            repeat {
                let answer = try await orchestrator.send("GET", path + cursor)
                #expect(answer.status == 200, "\(answer.json)")
                let page = answer.json["page"]
                found += answer.data.elements.compactMap { $0["data"]?["n"]?.int }
                scanned.append(page?["scanned"]?.int ?? 0)
                let next = page?["cursor"]?.string
                #expect((next != nil) == (page?["has_more"] == true))
                cursor = next.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(found == (0..<15).reversed())
            #expect(scanned.count > 1 && scanned.allSatisfy { $0 > 0 } && scanned.reduce(0, +) == 15)
        }
    }

    @Test("So many searches run at once, others wait their turn, and those beyond are refused")
    func turns() async throws {
        let turns = SearchTurns(running: 1, waiting: 1)
        let (begun, began) = AsyncStream.makeStream(of: Int.self)
        let (gate, opening) = AsyncStream.makeStream(of: Never.self)
        var starts = begun.makeAsyncIterator()
        async let first: Void = turns.take {
            began.yield(1)
            for await _ in gate {}
        }
        #expect(await starts.next() == 1)
        async let second: Void = turns.take { _ = began.yield(2) }
        while turns.waitingCount == 0 { await Task.yield() }
        let refusal = await #expect(throws: APIError.self) { try await turns.take {} }
        #expect(refusal?.status == .tooManyRequests)
        opening.finish()
        try await first
        try await second
        #expect(await starts.next() == 2)
        #expect(try await turns.take { 3 } == 3)
    }
}
