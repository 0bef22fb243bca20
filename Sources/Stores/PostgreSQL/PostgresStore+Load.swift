import Engine
import JSON
import Wire

extension PostgresStore {
    /// Sends what finds the rows of a footprint, beside the runs themselves, which are locked before.
    func sendLoads(of footprint: Footprint, on connection: PostgresConnection, into rows: PendingRows) throws {
        let loads = Loads(connection: connection, rows: rows)
        try sendWork(of: footprint, loads)
        try sendEvents(of: footprint, loads)
        try loads.send(Self.gatesByID, [.texts(footprint.gates.keys.map(\.description))], for: footprint.gates.keys) {
            $1.gates.append(Columns.gate($0))
        }
        try loads.send(Self.lanesByID, [.texts(footprint.lanes.map(\.description))], for: footprint.lanes) {
            $1.lanes.append(Columns.lane($0))
        }
        try loads.send(Self.ruleStatesByKey, .rules(footprint.rules), for: footprint.rules) {
            if let state = Self.ruleState($0) { $1.rules.append(state) }
        }
    }

    /// What belongs to runs.
    private func sendWork(of footprint: Footprint, _ loads: Loads) throws {
        try loads.send(Self.queueItemsByKey, .keys(footprint.queueItems), for: footprint.queueItems) {
            if let item = Columns.queueItem($0) { $1.queueItems.append(item) }
        }
        try loads.send(Self.queues, [.ids(footprint.queues)], for: footprint.queues) {
            if let item = Columns.queueItem($0) { $1.queues.append(item) }
        }
        try loads.send(Self.finishedSteps, .pairs(footprint.steps), for: footprint.steps) {
            if let key = Self.stepKey($0) { $1.finishedSteps.insert(key) }
        }
        try loads.send(Self.stacks, [.ids(footprint.stacks)], for: footprint.stacks) {
            if let step = Columns.step($0) { $1.stacks[step.run, default: []].append(step) }
        }
        try loads.send(Self.waitsByKey, .pairs(footprint.waits), for: footprint.waits) {
            if let wait = Columns.wait($0) { $1.waits.append(wait) }
        }
    }

    /// Events, and who waits for some.
    private func sendEvents(of footprint: Footprint, _ loads: Loads) throws {
        let take = { (row: any ColumnRow, rows: inout LoadedRows) in
            if let event = Columns.event(row)?.event { rows.events.append(event) }
        }
        try loads.send(Self.eventsByID, [.ids(footprint.events)], for: footprint.events, take)
        try loads.send(Self.eventsOfRuns, [.ids(footprint.eventsOfRuns)], for: footprint.eventsOfRuns, take)
        try loads.send(Self.waitPaths, [.texts(Array(footprint.waitPaths))], for: footprint.waitPaths) {
            $1.waitPaths.append(($0.text(0), $0.text(1)))
        }
        let places = footprint.waitKeys.flatMap { name, keys in keys.map { (name: name, key: $0) } }
        try loads.send(
            Self.waitsByIndex,
            [.texts(places.map(\.name)), .texts(places.map(\.key.path)), .texts(places.map(\.key.value))], for: places
        ) {
            guard let wait = Columns.wait($0) else { return }
            // The place stands behind the columns of the wait.
            let last = Columns.waitCount
            let key = Wait.IndexKey(path: $0.text(last + 1), value: $0.text(last + 2))
            $1.waitsByKey.append(($0.text(last), key, wait))
        }
    }

    /// Statements under way that load rows.
    private struct Loads {
        let connection: PostgresConnection
        let rows: PendingRows

        /// Sends a statement, unless there is nothing to look for.
        func send(
            _ sql: String, _ parameters: [PostgresParameter], for keys: some Collection,
            _ take: @escaping (any ColumnRow, inout LoadedRows) -> Void
        ) throws {
            guard !keys.isEmpty else { return }
            try connection.send(sql, parameters) { result in
                _ = PostgresConnection.elements(result) { row -> Void? in take(row, &rows.value) }
            }
        }
    }

    // MARK: Statements

    static let queueItemsByKey = """
        SELECT \(Columns.queueItem) FROM unnest($1::text[], $2::text[]) AS k (s, i)
        JOIN queue ON scope = s AND item = i
        """
    private static let queues = "SELECT \(Columns.queueItem) FROM queue WHERE scope = ANY ($1::text[])"
    private static let stacks = """
        SELECT \(Columns.step) FROM steps WHERE run_id IN (
            SELECT r.id FROM runs r WHERE r.id = ANY ($1::text[]) AND r.state_size <= \(CallRequest.maximumStepsSize)
        ) ORDER BY run_id, position
        """
    static let eventsByID = "SELECT \(Columns.event) FROM events WHERE id = ANY ($1::text[])"
    static let finishedSteps = """
        SELECT run_id, id FROM unnest($1::text[], $2::text[]) AS k (r, s) JOIN steps ON run_id = r AND id = s
        """
    static let waitsByKey = """
        SELECT \(Columns.wait) FROM unnest($1::text[], $2::text[]) AS k (r, s)
        JOIN waits w ON w.run_id = r AND w.step_id = s
        """
    static let waitsByIndex = """
        SELECT \(Columns.wait), k.event_name, k.path, k.value
        FROM unnest($1::text[], $2::text[], $3::text[]) AS p (name, path, value)
        JOIN wait_keys k ON k.event_name = p.name AND k.path = p.path AND k.value = p.value
        JOIN waits w ON w.run_id = k.run_id AND w.step_id = k.step_id
        """
    /// From one path to the next in the index: the cost is the number of paths, not of waits.
    static let waitPaths = """
        SELECT n.name, paths.path FROM unnest($1::text[]) AS n (name), LATERAL (
            WITH RECURSIVE found (path) AS (
                (SELECT k.path FROM wait_keys k WHERE k.event_name = n.name ORDER BY k.path LIMIT 1)
                UNION ALL
                SELECT (SELECT k.path FROM wait_keys k WHERE k.event_name = n.name AND k.path > found.path
                        ORDER BY k.path LIMIT 1)
                FROM found WHERE found.path IS NOT NULL
            ) SELECT path FROM found WHERE path IS NOT NULL
        ) AS paths
        """
    static let eventsOfRuns = """
        SELECT \(Columns.event) FROM events WHERE id IN (
            SELECT event_id FROM runs WHERE id = ANY ($1::text[])
            UNION SELECT unnest(string_to_array(more_events, ' ')) FROM runs WHERE id = ANY ($1::text[]))
        """

    static func stepKey(_ row: any ColumnRow) -> StepKey? {
        ULID(row.text(0)).map { StepKey(run: $0, step: StepID(hash: row.text(1))) }
    }
}

extension PostgresParameter {
    static func ids(_ ids: some Collection<ULID>) -> Self { .texts(ids.map(\.description)) }
}

extension [PostgresParameter] {
    static func pairs(_ keys: some Collection<StepKey>) -> Self {
        [.texts(keys.map(\.run.description)), .texts(keys.map(\.step.hash))]
    }

    static func keys(_ keys: some Collection<QueueItem.Key>) -> Self {
        [.texts(keys.map { Columns.scope($0) }), .texts(keys.map { Columns.item($0) })]
    }
}
