import Dispatch
import Engine
import Foundation
import Logging
import Synchronization
import Wire

/// This process as one of the orchestrators that share a database.
///
/// On a thread and a connection of its own it says over and over that it is alive (a row in `nodes`, by the server's
/// clock), and listens for news. What it leases counts as held for as long as it is alive; when it is silent for
/// longer, the others take its leases back. By its own clock it takes itself for dead a little earlier: it leases
/// nothing and makes no calls then, until it has spoken to the server again.
package final class PostgresMember: Sendable {
    package let id: ULID
    private let name: String
    private let version: String
    private let address: PostgresAddress
    private let timing: Timing
    private let logger: Logger
    private let state = Mutex(State())
    private let bell = Bell()
    private let ended = DispatchSemaphore(value: 0)

    /// How long a node that says nothing counts as alive, and how often it looks around.
    package struct Timing: Sendable {
        /// Others take its leases back after that.
        package var lifetime: Duration
        package var sweepInterval: Duration

        package init(lifetime: Duration = .seconds(15)) {
            self.lifetime = lifetime
            sweepInterval = min(.seconds(2), lifetime / 4)
        }

        /// By its own clock a node is dead so much earlier: for clocks that do not run alike, and for the time from
        /// a look at the clock to the call.
        var margin: Duration { lifetime / 5 }
    }

    /// What a node learns.
    package enum News: Sendable {
        /// A look around: when the earliest of each kind is due, whether somebody has died who held leases, and how many
        /// this node holds.
        case sweep(due: [QueueItem.Kind: Timestamp], hasLost: Bool, held: Int)
        /// Another node has more to do than it can.
        case work
        /// The others may have taken this node for dead.
        case returned
        /// What another node has changed, for those who watch.
        case live(Touched)
        /// What others have said for a while was not heard.
        case missed
        /// A newer version has taken away what this node needs, while it was not among the others.
        case outdated(SchemaTooNew)
    }

    private struct State {
        var aliveUntil = ContinuousClock.now
        /// When it was among the others long enough to judge them; nil before it has joined.
        var judgesFrom: ContinuousClock.Instant?
        var isEnding = false
        var hasWork = false
        /// What is to be told to those who watch on other nodes.
        var touched = Touched()
        var hasOthers = false
        var openCalls = 0
        var room = 0
        var isDraining = false
        var listener: (@Sendable (News) -> Void)?
    }

    /// - Parameter name: what people know the node by, such as the name of its machine and its port.
    package init(
        _ address: PostgresAddress, id: ULID, name: String, version: String, timing: Timing = Timing(), logger: Logger
    ) {
        self.address = address
        self.id = id
        self.name = name
        self.version = version
        self.timing = timing
        self.logger = logger
    }

    /// Whether the others count on this node.
    package var isAlive: Bool { state.withLock { $0.aliveUntil > .now } }

    /// Whether it may take leases back from nodes that were not heard of. While it is silent itself, and for as long
    /// after that as a node may be silent, it may not: what kept it from the server may have kept all of them.
    package var mayTakeOver: Bool {
        state.withLock { state in
            guard let from = state.judgesFrom else { return true }
            return from <= .now && state.aliveUntil > .now
        }
    }

    /// Joins the others, and starts to listen.
    ///
    /// - Parameter listener: is told the news, on the member's thread.
    package func start(_ listener: @escaping @Sendable (News) -> Void) throws {
        state.withLock { $0.listener = listener }
        let sent = ContinuousClock.now
        let connection = try PostgresConnection(address)
        try join(connection)
        confirm(sent)
        state.withLock { $0.judgesFrom = sent }
        let thread = Thread { [self] in
            run()
            ended.signal()
        }
        thread.name = "cluster"
        thread.start()
    }

    /// Leaves the others. What is still leased is theirs.
    package func stop() {
        state.withLock { $0.isEnding = true }
        bell.ring()
        ended.wait()
    }

    /// Has the others look for work, for here is more than can be done.
    package func announceWork() {
        state.withLock { $0.hasWork = true }
        bell.ring()
    }

    /// Tells those who watch on other nodes what has changed here.
    package func announce(_ touched: Touched) {
        guard !touched.isEmpty else { return }
        let rings = state.withLock { state in
            guard state.hasOthers else { return false }
            defer { state.touched.formUnion(touched) }
            return state.touched.isEmpty
        }
        if rings { bell.ring() }
    }

    /// What the list of nodes shows.
    package func report(openCalls: Int, room: Int, isDraining: Bool) {
        state.withLock { ($0.openCalls, $0.room, $0.isDraining) = (openCalls, room, isDraining) }
    }

    // MARK: The thread

    private func run() {
        var connection: PostgresConnection?
        var isFailing = false
        while !state.withLock({ $0.isEnding }) {
            do {
                let open = try connection ?? self.open()
                connection = open
                try attend(open)
                if isFailing { logger.notice("the node is among the others again") }
                isFailing = false
            } catch {
                if let error = error as? SchemaTooNew { tell(.outdated(error)) }
                if !isFailing { logger.error("the cluster can't be reached", metadata: ["error": "\(error)"]) }
                isFailing = true
                connection = nil
                bell.wait(.milliseconds(500))
            }
        }
        if let connection = try? connection ?? open() { try? leave(connection) }
    }

    /// Of the schema. Its name may be longer than a channel's.
    private static let channel = "'orchestrator:' || md5(current_schema())"

    private func open() throws -> PostgresConnection {
        let connection = try PostgresConnection(address)
        // Notifications need a server process of one's own; without them the sweeps have to do.
        if address.mode == .session {
            let channel = try connection.rows("SELECT quote_ident(\(Self.channel))") { $0.text(0) }
            try connection.send("LISTEN \(channel.first ?? "orchestrator")")
            try connection.drain()
            tell(.missed)
        }
        return connection
    }

    /// One sweep, and listening until the next.
    private func attend(_ connection: PostgresConnection) throws {
        let sent = ContinuousClock.now
        let sweep = try self.sweep(connection)
        state.withLock { $0.hasOthers = sweep.hasOthers }
        if sweep.isKnown {
            confirm(sent)
        } else {
            let joined = ContinuousClock.now
            try join(connection)
            state.withLock { $0.judgesFrom = joined + timing.lifetime }
            confirm(joined)
            logger.warning("this node was silent for too long: others may have taken its calls over")
            tell(.returned)
        }
        tell(.sweep(due: sweep.due, hasLost: sweep.hasLost && mayTakeOver, held: sweep.held))
        let next = sent + timing.sweepInterval
        while ContinuousClock.now < next, !state.withLock({ $0.isEnding }) {
            for (_, payload) in try connection.notifications(until: next, wakeUp: bell.descriptor) { take(payload) }
            bell.clear()
            try speak(connection)
        }
    }

    private func confirm(_ sent: ContinuousClock.Instant) {
        state.withLock { $0.aliveUntil = sent + timing.lifetime - timing.margin }
    }

    private func tell(_ news: News) { state.withLock { $0.listener }?(news) }

    private func take(_ payload: String) {
        let parts = payload.split(separator: " ", maxSplits: 2).map(String.init)
        guard parts.count >= 2, parts[0] != id.description else { return }
        // Who has just joined may be watched at once: it is told what happens before the next look around.
        state.withLock { $0.hasOthers = true }
        switch parts[1] {
        case "work": tell(.work)
        case "live" where parts.count == 3:
            if let touched = Touched(line: parts[2]) { tell(.live(touched)) }
        default: break
        }
    }

    /// Sends what has been announced since the last time.
    private func speak(_ connection: PostgresConnection) throws {
        let (hasWork, touched) = state.withLock { state in
            defer { (state.hasWork, state.touched) = (false, Touched()) }
            return (state.hasWork, state.touched)
        }
        let payloads = (hasWork ? ["work"] : []) + touched.lines.map { "live \($0)" }
        guard !payloads.isEmpty, address.mode == .session else { return }
        do {
            try notify(payloads, on: connection)
        } catch {
            // It is said on the next connection. To hear it twice does no harm.
            state.withLock { state in
                state.hasWork = state.hasWork || hasWork
                state.touched.formUnion(touched)
            }
            throw error
        }
        // Many things happen at once: they are told together.
        Thread.sleep(forTimeInterval: touched.isEmpty ? 0.02 : 0.1)
    }

    private func notify(_ payloads: [String], on connection: PostgresConnection) throws {
        try connection.send(
            "SELECT pg_notify(\(Self.channel), p) FROM unnest($1::text[]) AS p",
            [.texts(payloads.map { "\(id) \($0)" })])
        try connection.drain()
    }

    // MARK: Rows

    private func join(_ connection: PostgresConnection) throws {
        // A node that can't work is not to stand in the way of an upgrade.
        try PostgresSchema.current.check(on: connection)
        try connection.send(
            """
            INSERT INTO nodes (id, name, version, schema_version, alive_until, is_draining, open_calls, room)
            VALUES ($1, $2, $3, $4, now() + $5::bigint * interval '1 ms', 0, 0, 0)
            ON CONFLICT (id) DO UPDATE SET alive_until = EXCLUDED.alive_until
            """,
            [
                .text(id.description), .text(name), .text(version), .int(PostgresSchema.current.migrations.count),
                .int(Int(timing.lifetime.milliseconds)),
            ])
        try connection.send("DELETE FROM nodes WHERE alive_until < now() - interval '1 hour'")
        try notify(["joined"], on: connection)
    }

    private func leave(_ connection: PostgresConnection) throws {
        try connection.send("DELETE FROM nodes WHERE id = $1", [.text(id.description)])
        try notify(["work"], on: connection)
    }

    private func sweep(
        _ connection: PostgresConnection
    ) throws -> Sweep {
        let (calls, room, isDraining) = state.withLock { ($0.openCalls, $0.room, $0.isDraining) }
        return try connection.rows(
            Self.sweepStatement,
            [
                .text(id.description), .int(Int(timing.lifetime.milliseconds)), .int(calls), .int(room),
                .int(isDraining ? 1 : 0),
            ]
        ) { row in
            var due: [QueueItem.Kind: Timestamp] = [:]
            for (index, kind) in QueueItem.Kind.allCases.enumerated() {
                due[kind] = Columns.time(row, Int32(index + 4))
            }
            return Sweep(
                isKnown: row.int64(0) == 1, due: due, hasLost: row.int64(1) == 1, hasOthers: row.int64(2) == 1,
                held: row.int(3))
        }.first ?? Sweep()
    }

    /// What one look around finds.
    private struct Sweep {
        /// Whether the others count on this node.
        var isKnown = false
        var due: [QueueItem.Kind: Timestamp] = [:]
        var hasLost = false
        var hasOthers = false
        var held = 0
    }

    /// All that an idle node asks.
    private static let sweepStatement = """
        WITH beat AS (
            UPDATE nodes SET alive_until = now() + $2::bigint * interval '1 ms', open_calls = $3, room = $4,
            is_draining = $5 WHERE id = $1 AND alive_until > now() RETURNING 1
        )
        SELECT (SELECT count(*) FROM beat),
            EXISTS (SELECT 1 FROM queue WHERE lease IS NOT NULL AND leased_by <> $1
                AND leased_by NOT IN (SELECT id FROM nodes WHERE alive_until > now())),
            EXISTS (SELECT 1 FROM nodes WHERE id <> $1 AND alive_until > now()),
            (SELECT count(*) FROM queue WHERE lease IS NOT NULL AND leased_by = $1),
            \(QueueItem.Kind.allCases.map { "(\(PostgresStore.earliestDue($0)))" }.joined(separator: ", "))
        """
}
