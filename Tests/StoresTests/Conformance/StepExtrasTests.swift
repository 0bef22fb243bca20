import Engine
import JSON
import Testing
import Wire

@Suite struct StepExtrasTests {
    private func signalWait(_ run: Int, _ name: String, isReplaced: Bool = false) -> Wait {
        Wait(
            key: Sample.key(run, "s"), label: "s", registeredAt: Sample.start, expiresAt: Sample.time(9),
            target: .signal(name: name, isReplaced: isReplaced))
    }

    @Test(arguments: StoreKind.all) func findsTheOneThatWaitsForASignal(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { $0.waits = [signalWait(1, "é"), signalWait(2, "other")] }
        #expect(try opened.store.wait(signal: "é") == signalWait(1, "é"))
        #expect(try opened.store.wait(signal: "none") == nil)
        try opened.write { $0.waits = [signalWait(3, "é"), signalWait(1, "é", isReplaced: true)] }
        #expect(try opened.store.wait(signal: "é")?.key == Sample.key(3, "s"))
        #expect(try opened.store.waits([Sample.key(1, "s")]) == [signalWait(1, "é", isReplaced: true)])
        try opened.write { $0.removedWaits = [Sample.key(3, "s")] }
        #expect(try opened.store.wait(signal: "é") == nil)
    }

    @Test(arguments: StoreKind.all) func keepsRequestsUntilTheyAreRemoved(kind: StoreKind) throws {
        let opened = try kind.open()
        let requests = ["a", "b", "c"].enumerated().map { index, step in
            StepRequest(
                key: Sample.key(index == 2 ? 2 : 1, step), purpose: index == 0 ? .fetch : .inference,
                options: ["url": .string("http://\(step)")])
        }
        try opened.write { $0.stepRequests = requests }
        #expect(try Set(opened.store.stepRequests(requests.map(\.key) + [Sample.key(9, "x")])) == Set(requests))
        try opened.write { $0.removedStepRequests = [requests[0].key] }
        #expect(try opened.store.stepRequests([requests[0].key]).isEmpty)
        try opened.write { $0.endedRuns = [Sample.id(1)] }
        #expect(try opened.store.stepRequests(requests.map(\.key)) == [requests[2]])
    }

    @Test(arguments: StoreKind.all) func keepsChangedInputs(kind: StoreKind) throws {
        let opened = try kind.open()
        let input = StepInput(key: Sample.key(1, "a"), input: [1, ["x": .null]])
        try opened.write { $0.stepInputs = [input, StepInput(key: Sample.key(2, "a"), input: [])] }
        #expect(try opened.store.stepInputs(of: Sample.id(1)) == [input])
        #expect(try opened.store.stepInputs(of: Sample.id(3)).isEmpty)
    }

    @Test(arguments: StoreKind.all) func keepsDefersInTheirOrder(kind: StoreKind) throws {
        let opened = try kind.open()
        func deferred(_ number: Int, _ status: Defer.Status = .scheduled) -> Defer {
            Defer(
                run: Sample.id(1), id: StepID("d\(number)"), number: number, label: "l", function: "app-f",
                input: ["n": .int(number)], status: status)
        }
        try opened.write { $0.defers = [deferred(1), deferred(0)] }
        #expect(try opened.store.defers(of: Sample.id(1)) == [deferred(0), deferred(1)])
        try opened.write { $0.defers = [deferred(1, .aborted)] }
        #expect(try opened.store.defers(of: Sample.id(1)) == [deferred(0), deferred(1, .aborted)])
        #expect(try opened.store.defers(of: Sample.id(2)).isEmpty)
    }
}
