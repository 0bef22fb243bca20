import Engine
import Testing
import Wire

@Suite struct IdempotencyTests {
    private func key(_ value: String, _ function: String = "f") -> IdempotencyKey {
        IdempotencyKey(function: Sample.function(function), value: value)
    }

    @Test(arguments: StoreKind.all) func forgetsKeysWhenTheyExpire(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { $0.idempotencyKeys = [(key("a"), Sample.time(100)), (key("b"), Sample.time(200))] }
        func used(_ time: Int64) throws -> Set<IdempotencyKey> {
            try opened.store.usedIdempotencyKeys(
                [key("a"), key("b"), key("a", "other"), key("c")], at: Sample.time(time))
        }
        #expect(try used(0) == [key("a"), key("b")])
        #expect(try used(99) == [key("a"), key("b")])
        #expect(try used(100) == [key("b")])
        #expect(try used(200).isEmpty)
    }

    @Test(arguments: StoreKind.all) func takesAKeyAgain(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { $0.idempotencyKeys = [(key("a"), Sample.time(100))] }
        try opened.write { $0.idempotencyKeys = [(key("a"), Sample.time(300))] }
        #expect(try opened.store.usedIdempotencyKeys([key("a")], at: Sample.time(250)) == [key("a")])
    }

    @Test(arguments: StoreKind.all) func tellsCaseAndSpacesApart(kind: StoreKind) throws {
        let opened = try kind.open()
        try opened.write { $0.idempotencyKeys = [(key("a "), Sample.time(100)), (key("É"), Sample.time(100))] }
        let asked = ["a", "A ", "é", "a ", "É"].map { key($0) }
        #expect(try opened.store.usedIdempotencyKeys(asked, at: Sample.start) == [key("a "), key("É")])
    }
}
