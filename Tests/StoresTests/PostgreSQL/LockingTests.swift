import Engine
import PostgresRig
import Testing
import Wire

@testable import Stores

/// Two orchestrators on one database, in the moments in which they meet.
@Suite("Two stores on one PostgreSQL") struct LockingTests {
    let left: PostgresStore
    let right: PostgresStore
    let address: PostgresAddress

    init() throws {
        address = PostgresAddress(try PostgresServer.shared.get().newSchema())
        left = try PostgresStore(address, node: Sample.id(1))
        right = try PostgresStore(address, node: Sample.id(2))
    }

    private func write(_ store: PostgresStore, _ prepare: (inout Changes) -> Void) throws {
        var changes = Changes()
        prepare(&changes)
        try store.transaction { try store.write(changes) }
    }

    @Test("What one claims the other passes over, with all that belongs to the same run")
    func claims() throws {
        try write(left) { changes in
            changes.newRuns = (1...4).map { Sample.run($0) }
            changes.queueItems = (1...4).map { Sample.item(.run(Sample.id($0)), .discover, due: Int64($0)) }
            changes.queueItems.append(Sample.item(.step(Sample.key(1, "s")), .runStep, due: 9))
        }
        try left.transaction {
            let claimed = try left.dueItems(.call, at: Sample.time(9), limit: 2).map(\.key)
            #expect(claimed == [.run(Sample.id(1)), .run(Sample.id(2))])
            let rest = try right.transaction { try right.dueItems(.call, at: Sample.time(9), limit: 9) }
            #expect(rest.map(\.key) == [.run(Sample.id(3)), .run(Sample.id(4))])
        }
        #expect(try right.transaction { try right.dueItems(.call, at: Sample.time(9), limit: 9) }.count == 5)
    }

    @Test("A run that the other has locked breaks the transaction off and is named; at its beginning it is waited for")
    func conflicts() throws {
        try write(left) { $0.newRuns = [Sample.run(1), Sample.run(2)] }
        try left.transaction {
            _ = try left.load(Footprint(runs: [Sample.id(2)]))
            do {
                try right.transaction {
                    _ = try right.load(Footprint(runs: [Sample.id(1)]))
                    _ = try right.runs([Sample.id(2)])
                }
                Issue.record("the run was had twice")
            } catch let conflict as StoreConflict {
                #expect(conflict.contested == [Sample.id(2)])
            }
        }
        let rows = try right.transaction { try right.load(Footprint(runs: [Sample.id(2)])) }
        #expect(rows?.runs.count == 1)
    }

    @Test("What was committed while a run was waited for is seen")
    func freshRows() throws {
        try write(left) { $0.newRuns = [Sample.run(1)] }
        var changed = Sample.run(1)
        changed.stepCount = 7
        let after = changed
        try write(left) { $0.changedRuns = [after] }
        #expect(try right.transaction { try right.runs([Sample.id(1)]) } == [after])
    }

    @Test("An idempotency key that both found free is had by the first; the other begins again and sees it")
    func keys() throws {
        let key = IdempotencyKey(function: Sample.function(), value: "order-1")
        var changes = Changes()
        changes.idempotencyKeys = [(key, Sample.time(100))]
        let taken = changes
        #expect(throws: StoreConflict.self) {
            try right.transaction {
                #expect(try right.usedIdempotencyKeys([key], at: Sample.start).isEmpty)
                try left.transaction {
                    #expect(try left.usedIdempotencyKeys([key], at: Sample.start).isEmpty)
                    try left.write(taken)
                }
                try right.write(taken)
            }
        }
        #expect(try right.usedIdempotencyKeys([key], at: Sample.start) == [key])
        // It may be taken again when it has expired.
        try right.transaction {
            #expect(try right.usedIdempotencyKeys([key], at: Sample.time(100)).isEmpty)
            try right.write(taken)
        }
    }

    @Test("Functions change while no other transaction is under way") func catalog() throws {
        let app = AppRecord(
            id: NameUUID(naming: "app"), name: "app", url: "http://app", sdk: "s", framework: nil, version: nil,
            checksum: "1", syncedAt: Sample.start)
        let before = try right.transaction { try right.catalogVersion() }
        try right.transaction {
            _ = try right.catalogVersion()
            #expect(throws: StoreConflict.self) { try write(left) { $0.apps = [app] } }
        }
        try write(left) { $0.apps = [app] }
        let after = try right.transaction { try right.catalogVersion() }
        #expect(after != before)
        #expect(try right.apps() == [app])
    }

    @Test("The leases of a node that is gone are lost, and those of one that lives are not") func lostLeases() throws {
        try write(left) { changes in
            changes.newRuns = [Sample.run(1)]
            changes.queueItems = [Sample.item(.run(Sample.id(1)), .discover, lease: Sample.id(50))]
        }
        func lost(_ store: PostgresStore, held: Set<ULID> = [], ofOthers: Bool = true) throws -> Int {
            try store.transaction { try store.lostItems(held: held, ofOthers: ofOthers).count }
        }
        try PostgresConnection(address).execute(
            """
            INSERT INTO nodes (id, name, version, schema_version, alive_until, is_draining, open_calls, room)
            VALUES ('\(Sample.id(1))', 'left', '1', 1, now() + interval '1 hour', 0, 0, 0)
            """)
        #expect(try lost(right) == 0)
        #expect(try lost(left, held: [Sample.id(50)]) == 0)
        #expect(try lost(left) == 1, "a lease that its own node does not know of")
        try PostgresConnection(address).execute("UPDATE nodes SET alive_until = now() - interval '1 second'")
        #expect(try lost(right) == 1)
        #expect(try lost(right, ofOthers: false) == 0)
        #expect(try lost(left, ofOthers: false) == 1)
    }
}
