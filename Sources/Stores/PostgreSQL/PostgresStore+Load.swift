import Engine
import JSON
import Wire

extension PostgresStore {
    /// Sends what finds the rows of a footprint, beside the runs themselves, which are locked before.
    func sendLoads(of footprint: Footprint, on connection: PostgresConnection, into rows: PendingRows) throws {
        func send(
            _ sql: String, _ parameters: [PostgresParameter], _ row: @escaping (any ColumnRow) -> Void
        ) throws {
            try connection.send(sql, parameters) { _ = PostgresConnection.elements($0) { row($0) } }
        }
        if !footprint.queueItems.isEmpty {
            try send(Self.queueItemsByKey, .keys(footprint.queueItems)) { row in
                if let item = Columns.queueItem(row) { rows.value.queueItems.append(item) }
            }
        }
        if !footprint.queues.isEmpty {
            try send(
                "SELECT \(Columns.queueItem) FROM queue WHERE scope = ANY ($1::text[])", [.ids(footprint.queues)]
            ) { row in
                if let item = Columns.queueItem(row) { rows.value.queues.append(item) }
            }
        }
        if !footprint.steps.isEmpty {
            try send(Self.finishedSteps, .pairs(footprint.steps)) { row in
                if let key = Self.stepKey(row) { rows.value.finishedSteps.insert(key) }
            }
        }
        if !footprint.waits.isEmpty {
            try send(Self.waitsByKey, .pairs(footprint.waits)) { row in
                if let wait = Columns.wait(row) { rows.value.waits.append(wait) }
            }
        }
        let takeEvent = { (row: any ColumnRow) in
            if let event = Columns.event(row)?.event { rows.value.events.append(event) }
        }
        if !footprint.events.isEmpty {
            try send(
                "SELECT \(Columns.event) FROM events WHERE id = ANY ($1::text[])", [.ids(footprint.events)], takeEvent)
        }
        if !footprint.eventsOfRuns.isEmpty {
            try send(Self.eventsOfRuns, [.ids(footprint.eventsOfRuns)], takeEvent)
        }
        if !footprint.stacks.isEmpty {
            try send(
                "SELECT \(Columns.step) FROM steps WHERE run_id = ANY ($1::text[]) ORDER BY run_id, position",
                [.ids(footprint.stacks)]
            ) { row in
                if let step = Columns.step(row) { rows.value.stacks[step.run, default: []].append(step) }
            }
        }
        if !footprint.waitPaths.isEmpty {
            try send(Self.waitPaths, [.texts(Array(footprint.waitPaths))]) { row in
                rows.value.waitPaths.append((row.text(0), row.text(1)))
            }
        }
        if !footprint.gates.isEmpty {
            try send(Self.gatesByID, [.texts(footprint.gates.keys.map(\.description))]) { row in
                rows.value.gates.append(Columns.gate(row))
            }
        }
        if !footprint.lanes.isEmpty {
            try send(Self.lanesByID, [.texts(footprint.lanes.map(\.description))]) { row in
                rows.value.lanes.append(Columns.lane(row))
            }
        }
        if !footprint.rules.isEmpty {
            try send(Self.ruleStatesByKey, .rules(footprint.rules)) { row in
                if let state = Self.ruleState(row) { rows.value.rules.append(state) }
            }
        }
        if !footprint.waitKeys.isEmpty { try sendWaits(under: footprint.waitKeys, on: connection, into: rows) }
    }

    private func sendWaits(
        under keys: [String: Set<Wait.IndexKey>], on connection: PostgresConnection, into rows: PendingRows
    ) throws {
        let places = keys.flatMap { name, keys in keys.map { (name: name, key: $0) } }
        try connection.send(
            Self.waitsByIndex,
            [.texts(places.map(\.name)), .texts(places.map(\.key.path)), .texts(places.map(\.key.value))]
        ) { result in
            _ = PostgresConnection.elements(result) { row -> Void? in
                guard let wait = Columns.wait(row) else { return nil }
                // The place stands behind the columns of the wait.
                let last = Columns.waitCount
                let key = Wait.IndexKey(path: row.text(last + 1), value: row.text(last + 2))
                rows.value.waitsByKey.append((row.text(last), key, wait))
                return nil
            }
        }
    }

    // MARK: Statements

    static let queueItemsByKey = """
        SELECT \(Columns.queueItem) FROM unnest($1::text[], $2::text[]) AS k (s, i)
        JOIN queue ON scope = s AND item = i
        """
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
