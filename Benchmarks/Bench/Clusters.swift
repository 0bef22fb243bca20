import Foundation
import PostgresRig
import Rig

/// An orchestrator on a file, and one, two and three on a PostgreSQL server each, so that a round can compare them
/// while the machine is as it is.
struct Clusters: Sendable {
    let file: Stage
    let one: Stage
    let two: Stage
    let three: Stage

    static func set(binary: URL, folder: URL) async throws -> Clusters {
        func onPostgres(_ count: Int) async throws -> Stage {
            let server = try PostgresServer(settings: ["shared_preload_libraries = 'pg_stat_statements'"])
            try server.sql("CREATE EXTENSION pg_stat_statements")
            return try await Stage.set(binary: binary, folder: folder, server: server, count: count)
        }
        return Clusters(
            file: try await Stage.set(binary: binary, folder: folder, server: nil, count: 1),
            one: try await onPostgres(1), two: try await onPostgres(2), three: try await onPostgres(3))
    }

    func strike() { for stage in [file, one, two, three] { stage.strike() } }
}

extension Measure {
    static let clusters = [stepsOnOne, stepsOnTwo, idleQueries] + hotKey + claims

    private static let stepsOnOne = Measure(
        clusters: "postgres-one", title: "steps in ten-step runs, one orchestrator on PostgreSQL (beside SQLite)",
        unit: .perSecond, target: .atLeastOfCeiling(0.5)
    ) { clusters in
        let (onFile, _) = try await runs(of: BenchApp.tenSteps, count: 400, on: clusters.file)
        let (rate, _) = try await runs(of: BenchApp.tenSteps, count: 400, on: clusters.one)
        return Round(value: rate * 10, ceiling: onFile * 10)
    }

    private static let stepsOnTwo = tenSteps(
        "postgres-two", "steps in ten-step runs, two orchestrators on PostgreSQL (beside one)",
        target: .atLeastOfCeiling(1), BenchApp.tenSteps, on: \.two, beside: BenchApp.tenSteps)

    private static let idleQueries = Measure(
        clusters: "postgres-idle", title: "statements of three idle orchestrators", unit: .perSecond,
        target: .atMost(5)
    ) { clusters in
        guard let server = clusters.three.postgres else { throw RigError("there is no server") }
        let (start, before) = (ContinuousClock.now, try statements(server))
        try await Task.sleep(for: .seconds(10))
        // One is the look at the count.
        let made = try statements(server) - before - 1
        return Round(value: Double(made) / (ContinuousClock.now - start).inSeconds)
    }

    /// What all runs share is locked from the load of a transaction to its commit: how much that takes, and whether a
    /// second node adds anything.
    private static let hotKey = [
        tenSteps(
            "postgres-hot-key", "steps of runs that share one limit, one orchestrator (beside no limit)",
            BenchApp.tenStepsLimited, on: \.one, beside: BenchApp.tenSteps),
        tenSteps(
            "postgres-hot-key-two", "steps of runs that share one limit, two orchestrators (beside one)",
            BenchApp.tenStepsLimited, on: \.two, beside: BenchApp.tenStepsLimited),
    ]

    /// The steps of runs of one event on a stage, beside those of another event on one orchestrator.
    private static func tenSteps(
        _ name: String, _ title: String, target: Target? = nil, _ event: String,
        on stage: @escaping @Sendable (Clusters) -> Stage, beside other: String
    ) -> Measure {
        Measure(clusters: name, title: title, unit: .perSecond, target: target) { clusters in
            let (ceiling, _) = try await runs(of: other, count: 400, on: clusters.one)
            let (rate, _) = try await runs(of: event, count: 400, on: stage(clusters))
            return Round(value: rate * 10, ceiling: ceiling * 10)
        }
    }

    private static func statements(_ server: PostgresServer) throws -> Int {
        Int(try server.sql("SELECT sum(calls) FROM pg_stat_statements")) ?? 0
    }

    /// The cost of a call must not grow with what is queued.
    private static let claims = [
        Measure(
            inProcess: "postgres-claims", title: "calls with 1,000,000 queued on PostgreSQL (beside 10,000)",
            unit: .perSecond, target: .atLeastOfCeiling(0.8)
        ) {
            let few = try await QueuedEngine.fewOnPostgres.value.callsPerSecond(count: 1000)
            let many = try await QueuedEngine.manyOnPostgres.value.callsPerSecond(count: 1000)
            return Round(value: many, ceiling: few)
        }
    ]
}
