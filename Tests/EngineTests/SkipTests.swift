import JSON
import Simulation
import Testing
import Wire

@testable import Engine

@Suite struct SkipTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    private func start(_ plan: Plan) throws -> Run {
        try bench.define("f", on: "e", plan: [plan])
        try bench.send("e")
        try bench.settle()
        return try bench.run("f")
    }

    @Test(arguments: [
        Plan.sleep("s", "3d"), .wait("s", event: "go", timeout: "3d"), .run("s", failing: 1),
    ])
    func endsWhatIsWaitedFor(plan: Plan) throws {
        let run = try start(plan)
        let before = bench.now
        #expect(run.status == .running)
        try bench.perform(SkipStep(run.id, step: StepID("s")))
        try bench.settle()
        #expect(try bench.run("f").status == .completed)
        #expect(bench.now == before)
    }

    @Test func refusesWhatDoesNotWait() throws {
        let run = try start(.run("s"))
        #expect(throws: Refusal.self) { try bench.perform(SkipStep(run.id, step: StepID("s"))) }
        #expect(throws: Refusal.self) { try bench.perform(SkipStep(ULID(3), step: StepID("s"))) }
    }
}
