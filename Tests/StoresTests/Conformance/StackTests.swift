import Engine
import JSON
import Testing
import Wire

@Suite struct StackTests {
    private func steps(of run: Int) -> [Step] {
        ["b", "a"].enumerated().map { position, name in
            Step(run: Sample.id(run), id: StepID(name), position: position, label: name, value: ["data": .string(name)])
        }
    }

    @Test(arguments: StoreKind.all) func loadsNoStateThatIsTooLargeForACall(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write {
            $0.newRuns = [Sample.run(1), Sample.run(2)]
            $0.newRuns[0].stateSize = CallRequest.maximumStepsSize
            $0.newRuns[1].stateSize = CallRequest.maximumStepsSize + 1
            $0.steps = steps(of: 1) + steps(of: 2)
        }
        for run in [1, 2] { #expect(try opened.store.stack(of: Sample.id(run)) == steps(of: run).map(\.id)) }
        var footprint = Footprint(runs: [Sample.id(1), Sample.id(2)])
        footprint.stacks = footprint.runs
        // Stores that read one by one load nothing.
        guard let rows = try opened.store.transaction({ try opened.store.load(footprint) }) else { return }
        #expect(rows.stacks == [Sample.id(1): steps(of: 1)])
    }
}
