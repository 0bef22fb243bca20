import JSON
import Testing
import Wire

@testable import Engine

@Suite struct RaceTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @Test func goesOnAtTheFirst() throws {
        try bench.define(
            "f", on: "e", plan: [.race([[.run("fast")], [.sleep("slow", "1d")]])])
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(try bench.steps(run) == ["fast"])
        try bench.expectNothingLeft(of: run)
    }

    /// The loser stays in flight; what comes after the race must not wait for it.
    @Test func goesOnWithStepAfterStepWhileTheLoserIsInFlight() throws {
        try bench.define(
            "f", on: "e",
            plan: [.race([[.run("fast")], [.wait("slow", event: "never", timeout: "300d")]]), .run("x"), .run("y")])
        try bench.send("e")
        try bench.settle()
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(try bench.steps(run) == ["fast", "x", "y"])
        #expect(bench.executed[run.id] == ["fast", "x", "y"].map { StepID($0) })
        try bench.expectNothingLeft(of: run)
    }

    @Test func waitsForAWholeGroupWhileTheLoserIsInFlight() throws {
        try bench.define(
            "f", on: "e",
            plan: [
                .race([[.run("fast")], [.sleep("slow", "1d")]]), .all([[.run("x")], [.sleep("nap", "1h")]]), .run("y"),
            ])
        try bench.send("e")
        try bench.settle()
        #expect(try bench.steps(try bench.run("f")) == ["fast", "x"])
        try bench.advance(by: .hours(1))
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(try bench.steps(run) == ["fast", "x", "nap", "y"])
        let discoveries = bench.calls.map(\.request).filter { $0.targetStep == nil }
        #expect(discoveries.map(\.stack.count) == [0, 1, 3, 4])
    }

    @Test func keepsTheLosersValueForWhenItIsDone() throws {
        try bench.define(
            "f", on: "e", plan: [.race([[.run("fast")], [.sleep("slow", "1h")]]), .sleep("nap", "2h"), .run("x")])
        try bench.send("e")
        try bench.advance(by: .hours(2))
        let run = try bench.run("f")
        #expect(run.status == .completed)
        #expect(try bench.steps(run) == ["fast", "slow", "nap", "x"])
    }
}
