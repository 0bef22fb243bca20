import Engine
import JSON
import PostgresRig
import Testing

@testable import Stores

/// How PostgreSQL finds what queries ask for, where there is much else.
@Suite("Plans of queries on PostgreSQL") struct QueryPlanTests {
    /// Runs the queries of the API, and has each explained by what it did.
    private final class Explaining: QueryConnection {
        let connection: PostgresConnection
        private(set) var nodes: [JSON] = []

        init(_ connection: PostgresConnection) { self.connection = connection }

        func statement(_ sql: String) -> Statement { Statement(explaining: self, sql: sql) }

        struct Statement: QueryStatement {
            let explaining: Explaining
            let sql: String

            func map<Element>(_ values: [ColumnValue], row: (any ColumnRow) -> Element) throws -> [Element] {
                let plan = try explaining.connection.statement("EXPLAIN (ANALYZE, FORMAT JSON) \(sql)")
                    .map(values) { $0.text(0) }
                for json in try JSON(parsing: plan.joined()).elements { explaining.add(json["Plan"]) }
                return try explaining.connection.statement(sql).map(values, row: row)
            }
        }

        private func add(_ node: JSON?) {
            guard let node else { return }
            nodes.append(node)
            for child in node["Plans"]?.elements ?? JSON.emptyArray.elements { add(child) }
        }

        /// The tables that were walked over, or from which rows were read for nothing.
        var wasteful: [String] {
            nodes.filter {
                $0["Node Type"]?.string?.contains("Seq Scan") == true || ($0["Rows Removed by Filter"]?.int ?? 0) > 0
            }
            .map { $0["Relation Name"]?.string ?? "?" }
        }
    }

    private func database() throws -> PostgresStore {
        let store = try PostgresStore(
            PostgresAddress(try PostgresServer.shared.get().newSchema()), node: Sample.id(0))
        var changes = Changes()
        changes.newRuns = (1...2000).map { Sample.run($0) }
        // Runs of batches, which are told by a table of their own.
        changes.newRuns += (2001...4000).map { number in
            Run(
                id: Sample.id(number), functionID: Sample.function(),
                eventIDs: [1, 2].map { Sample.id(number * 10 + $0) }, createdAt: Sample.start,
                scheduledFor: Sample.start)
        }
        try store.transaction { try store.write(changes) }
        try store.connection().execute("ANALYZE")
        return store
    }

    @Test("The runs of an event are found without reading those of others")
    func runsOfAnEvent() throws {
        let explaining = Explaining(try database().connection())
        for (event, run) in [(1500, 500), (30_001, 3000), (30_002, 3000)] {
            var query = RunQuery(limit: 50)
            query.event = Sample.id(event)
            #expect(try Queries(explaining).runs(query).elements.map(\.id) == [Sample.id(run)])
        }
        #expect(explaining.nodes.count > 3)
        #expect(explaining.wasteful.isEmpty, "\(explaining.nodes)")
        // What it would be like: the plans are looked at in earnest.
        _ = try explaining.statement("SELECT id FROM runs WHERE event_id = ? OR more_events LIKE ?")
            .map(.id(Sample.id(1500)), .text("x")) { $0.text(0) }
        #expect(explaining.wasteful == ["runs"])
    }
}
