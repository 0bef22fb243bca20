import Foundation
import JSON
import Rig
import Wire

/// Loads an orchestrator, kills it over and over, and looks what is left.
struct KillLoop {
    let kills: Int
    let seed: UInt64
    let binary: URL
    /// Where the database and the log are.
    let folder: URL
    /// How many share a PostgreSQL server; nil for one on a file.
    var nodes: Int?

    private static let clients = 6

    /// - Returns: whether all that was promised was kept.
    func run() async throws -> Bool {
        let ledger = StepLedger()
        let fleet = try Fleet(binary: binary, folder: folder, postgres: nodes)
        defer { fleet.kill() }
        let balancer = try await LoopbackServer.start(fleet.balancer())
        defer { balancer.stop() }
        let app = try TrialApp(ledger: ledger, orchestrator: balancer.origin)
        let rules = try RuleTrial(orchestrator: balancer.origin)
        let router = app.router()
        rules.add(to: router)
        let server = try await LoopbackServer.start(router)
        defer { server.stop() }
        return try await run(fleet, ledger, rules, app: server)
    }

    private func run(
        _ fleet: Fleet, _ ledger: StepLedger, _ rules: RuleTrial, app: LoopbackServer
    ) async throws -> Bool {
        let client = LoopbackClient(origin: fleet.origins[0])
        let started = ContinuousClock.now
        for (number, node) in fleet.nodes.enumerated() {
            try fleet.start(number, app: app)
            try await node.ready()
            if number == 0 { try LeaseBook.begin(on: fleet.server) }
        }
        try await fleet.nodes[0].registered()
        // The store remembers it: no orchestrator is told of it again.
        let url: JSON = ["url": .string(app.origin + RuleTrial.path)]
        let answer = try await client.send("PUT", "/v1/apps", body: Array(url.bytes))
        guard answer.status == 200 else { throw RigError("the app with rules is not registered: \(answer.status)") }

        let clients = Clients(origins: fleet.origins, pause: .milliseconds(100))
        async let sending: Void = clients.run(count: Self.clients, seed: seed)
        let kills = try await killing(fleet, app, clients)
        try await fleet.ready()
        clients.stop()
        try await sending
        let tally = clients.soFar
        say("all sent; waiting for the runs to end")
        // What is being collected is no run yet.
        try await Task.sleep(for: RuleTrial.Limit.longestCollection)
        let stuck = try await unfinished(client)

        var audit = try await Audit(client)
        let seen = ledger.seen
        audit.checkEvents(tally)
        audit.checkRuns()
        audit.checkExecutions(seen, kills, try LeaseBook(from: fleet.server))
        try await audit.checkHistories(seen, client)
        var ruleAudit = try await RuleAudit(client, rules.ledger.seen, kills: kills.map(\.at))
        try await ruleAudit.check(client)
        let found = audit.violations + ruleAudit.violations
        for violation in found.prefix(50) { say("VIOLATION: \(violation)") }
        if stuck > 0 { say("VIOLATION: \(stuck) runs do not end") }

        let executions = seen.executions.values.reduce(0) { $0 + $1.count }
        let again = seen.executions.values.reduce(0) { $0 + $1.count - Set($1.map(\.attempt)).count }
        let violations = found.count + (stuck > 0 ? 1 : 0)
        say("rules: \(ruleAudit.summary)")
        say(
            """
            \(violations == 0 ? "PASSED" : "FAILED"): \(kills.count) kills, \(tally.acknowledged.count) events \
            acknowledged, \(tally.unanswered) requests without an answer, \(audit.runs.count) runs, \
            \(fleet.checkpoints) checkpoints, \(executions) step executions, \(again) of them again because a kill took the answer, \
            \(violations) violations; seed \(seed), \((ContinuousClock.now - started).components.seconds) s
            """)
        return violations == 0
    }

    /// Kills at random moments: most while it works, some while it starts. Ends with a fresh start.
    private func killing(
        _ fleet: Fleet, _ app: LoopbackServer, _ clients: Clients
    ) async throws -> [Kill] {
        var generator = SeededGenerator(seed: seed ^ 0x6B69_6C6C)
        var done: [Kill] = []
        for number in 1...kills {
            let node = Int.random(in: fleet.nodes.indices, using: &generator)
            let child = fleet.nodes[node]
            let startingUp = number > 1 && Int.random(in: 0..<5, using: &generator) == 0
            if !startingUp { try await child.ready() }
            let moment = Int.random(in: startingUp ? 0...250 : 50...2000, using: &generator)
            try await Task.sleep(for: .milliseconds(moment))
            child.kill()
            done.append(Kill(node: node, at: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))))
            let phase = startingUp ? "from its start" : "of work"
            let acknowledged = clients.soFar.acknowledged.count
            say("kill \(number) of \(kills) after \(moment) ms \(phase); \(acknowledged) events acknowledged")
            try fleet.start(node, app: app)
        }
        return done
    }

    /// Waits until all runs have ended, as long as some do. Returns how many do not.
    private func unfinished(_ client: LoopbackClient) async throws -> Int {
        var left = Int.max
        var patience = 150
        while patience > 0 {
            let runs = try await client.readAll("/v1/runs?status=Queued&status=Running").count
            if runs == 0 { return 0 }
            patience = runs < left ? 150 : patience - 1
            left = min(left, runs)
            try await Task.sleep(for: .milliseconds(200))
        }
        for run in try await client.readAll("/v1/runs?status=Queued&status=Running").prefix(10) {
            let id = run["run_id"]?.string ?? ""
            let waiting = try await client.read("/v1/runs/\(id)/timeline")["waiting"]?.text ?? "[]"
            say("run \(id) of \(run["function"]?.string ?? "") waits: \(waiting)")
        }
        return left
    }
}
