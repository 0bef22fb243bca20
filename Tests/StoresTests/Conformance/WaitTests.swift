import Engine
import JSON
import Testing
import Wire

@Suite struct WaitTests {
    @Test(arguments: StoreKind.all) func keepsBothTargets(kind: StoreKind) throws {
        let opened = try kind.open()
        let invocation = Wait(
            key: Sample.key(1, "i"), label: "call", registeredAt: Sample.start, expiresAt: Sample.time(7),
            target: .invocation(run: Sample.id(5), function: "app-child"))
        let plain = Wait(
            key: Sample.key(1, "p"), label: "", registeredAt: Sample.start, expiresAt: Sample.time(7),
            target: .event(name: "go", expression: nil, index: []))
        try opened.write { $0.waits = [invocation, plain] }
        #expect(try opened.store.waits([invocation.key]) == [invocation])
        #expect(try opened.store.waits([plain.key, Sample.key(1, "x")]) == [plain])
    }

    @Test(arguments: StoreKind.all) func findsWaitsByIndex(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write {
            $0.waits = [
                Sample.wait(Sample.key(1, "a"), index: [("p", "1")]),
                Sample.wait(Sample.key(2, "a"), index: [("p", "2")]),
                Sample.wait(Sample.key(3, "a"), index: [("q", "1"), ("p", "1")]), Sample.wait(Sample.key(4, "a")),
                Sample.wait(Sample.key(5, "a"), event: "other", index: [("p", "1")]),
            ]
        }
        func found(_ keys: (String, String)...) throws -> [ULID] {
            try opened.store.waits(eventName: "go", index: keys.map { Wait.IndexKey(path: $0.0, value: $0.1) })
                .map(\.key.run).sorted()
        }
        #expect(try found(("p", "1")) == [Sample.id(1), Sample.id(3)])
        #expect(try found(("p", "1"), ("q", "1")) == [Sample.id(1), Sample.id(3)], "each once")
        #expect(try found(("", "")) == [Sample.id(4)])
        #expect(try found(("p", "3"), ("", "1")).isEmpty)
        #expect(try found().isEmpty)
    }

    @Test(arguments: StoreKind.all) func listsThePathsOfAnEvent(kind: StoreKind) throws {
        let opened = try kind.open()
        #expect(try opened.store.waitPaths(eventName: "go").isEmpty)
        try opened.write {
            $0.waits = (0..<200).map { Sample.wait(Sample.key($0, "a"), index: [("p\($0 % 3)", "\($0)")]) }
            $0.waits += [
                Sample.wait(Sample.key(900, "a")), Sample.wait(Sample.key(901, "a"), event: "x", index: [("z", "")]),
            ]
        }
        #expect(Set(try opened.store.waitPaths(eventName: "go")) == ["", "p0", "p1", "p2"])
        #expect(try opened.store.waitPaths(eventName: "go").count == 4)
        #expect(try opened.store.waitPaths(eventName: "x") == ["z"])
    }

    @Test(arguments: StoreKind.all) func removesAWaitWithItsKeys(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write {
            $0.waits = [
                Sample.wait(Sample.key(1, "a"), index: [("p", "1"), ("q", "2")]),
                Sample.wait(Sample.key(1, "b"), index: [("p", "1")]),
            ]
        }
        try opened.write { $0.removedWaits = [Sample.key(1, "a"), Sample.key(7, "none")] }
        #expect(try opened.store.waits([Sample.key(1, "a")]).isEmpty)
        #expect(try opened.store.waitPaths(eventName: "go") == ["p"])
        let keys = [Wait.IndexKey(path: "p", value: "1")]
        #expect(try opened.store.waits(eventName: "go", index: keys).map(\.key) == [Sample.key(1, "b")])
    }
}
