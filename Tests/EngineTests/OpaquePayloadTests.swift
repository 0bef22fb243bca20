import JSON
import Testing
import Wire

@testable import Engine

/// What steps return is copied from the answer to the store and from there to the next call, and decoded nowhere:
/// bytes that are no JSON at all, and that any reading of them would stumble over, arrive as they were.
@Suite struct OpaquePayloadTests {
    private let marker = Array("\u{0}{{ not, JSON ]\"\\".utf8)

    @Test func carriesStepOutputsWithoutLookingAtThem() throws {
        let bench = try Bench()
        try bench.define("f", triggers: [["event": "e"]]) { _ in .returned(.null) }
        try bench.send("e")
        for name in ["a", "b", "c"] {
            let op = Op(.stepRun, id: StepID(name), displayName: name, data: JSON(canonical: marker))
            try bench.perform(bench.answer(try bench.take(), op))
        }
        let body = try bench.take().request.encode()
        let found = body.indices.filter { body[$0...].starts(with: marker) }
        #expect(found.count == 3)
    }

    @Test func carriesWhatCheckpointsBringWithoutLookingAtIt() throws {
        let bench = try Bench()
        try bench.define("f", triggers: [["event": "e"]]) { _ in .returned(.null) }
        try bench.send("e")
        let call = try bench.take()
        let op = Op(.stepRun, id: StepID("a"), displayName: "a", data: JSON(canonical: marker))
        try bench.perform(Checkpoint(run: call.request.runID, function: nil, lease: call.lease, ops: [op]))
        try bench.perform(bench.answer(call, Op(.discoveryRequest, id: StepID("d"))))
        let body = try bench.take().request.encode()
        #expect(body.indices.contains { body[$0...].starts(with: marker) })
    }
}
