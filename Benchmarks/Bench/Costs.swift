import Foundation
import PostgresRig
import Rig

/// What a step costs, counted by the server and the system: what docs/scaling.md computes with. Under load, when many
/// steps share a commit, and beside that one run after the other, when none do.
extension Measure {
    static let costs = [
        cost("statements", "statements", .number) { try count("SELECT sum(calls) FROM pg_stat_statements", $0) },
        cost("commits", "transactions", .number) {
            // Each reads the versions once.
            try count("SELECT sum(calls) FROM pg_stat_statements WHERE query LIKE 'SELECT c.version, s.version%'", $0)
        },
        cost("wal", "bytes of WAL", .bytes) { try count("SELECT pg_current_wal_lsn() - '0/0'", $0) },
        cost("rows", "rows inserted, updated and deleted", .number) {
            try count("SELECT sum(rows) FROM pg_stat_statements WHERE query ~ '(INSERT INTO|UPDATE|DELETE FROM) '", $0)
        },
        cost("disk", "bytes of tables and indexes", .bytes) {
            try count("SELECT sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables", $0)
        },
        cost("database-cpu", "processor time of PostgreSQL", .microseconds) { stage in
            let pids = try server(of: stage).sql("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
            // One that has ended meanwhile is not counted; those that work for the orchestrator stay.
            return pids.split(separator: "\n").compactMap { pid_t($0) }
                .compactMap { try? ProcessStatus(pid: $0).processorSeconds }.reduce(0, +) * 1_000_000
        },
        cost("node-cpu", "processor time of the orchestrator", .microseconds) {
            try ProcessStatus($0.child).processorSeconds * 1_000_000
        },
        Measure(
            clusters: "postgres-connections", title: "connections of an orchestrator, its API being read",
            unit: .number, target: .atMost(6)
        ) { clusters in
            try await Crowd.run(16, times: 200) { _ = try await clusters.one.orchestrators[0].read("/v1/runs") }
            let own = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'orchestrator'"
            return Round(value: try count(own, clusters.one))
        },
    ]

    /// - Parameter counter: what has been spent up to now.
    private static func cost(
        _ name: String, _ title: String, _ unit: Unit, _ counter: @escaping @Sendable (Stage) throws -> Double
    ) -> Measure {
        Measure(
            clusters: "postgres-cost-\(name)", title: "\(title) a step (beside one run after the other)", unit: unit,
            target: nil
        ) { clusters in
            func spent(runs count: Int, times: Int) async throws -> Double {
                let before = try counter(clusters.one)
                for _ in 0..<times { _ = try await runs(of: BenchApp.tenSteps, count: count, on: clusters.one) }
                return (try counter(clusters.one) - before) / Double(count * times * 10)
            }
            let alone = try await spent(runs: 1, times: 40)
            return Round(value: try await spent(runs: 400, times: 1), ceiling: alone)
        }
    }

    private static func server(of stage: Stage) throws -> PostgresServer {
        guard let server = stage.postgres else { throw RigError("there is no server") }
        return server
    }

    private static func count(_ query: String, _ stage: Stage) throws -> Double {
        Double(try server(of: stage).sql(query)) ?? 0
    }
}
