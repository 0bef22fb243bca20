import Wire

// Backlogs: the lanes that wait, and the calls that are parked in them. Both are read ahead, for where slots are let go
// by many answers at once, many are served.
extension Transaction {
    /// Of each function the first of its lanes that wait at some places.
    func firstLanes(waitingOn places: [String]) throws -> [Lane] {
        let unknown = places.filter { waiting[$0]?.values.allSatisfy { $0.holds(1) } != true }
        if !unknown.isEmpty {
            let before = unknown.flatMap { waiting[$0]?.values.map(\.ahead) ?? [] }.max()
            try readLanes(waitingOn: unknown, ahead: Self.more(than: before))
        }
        return places.flatMap { (waiting[$0] ?? [:]).values.compactMap(\.rows.first) }
    }

    /// The first calls in a lane that is locked: two at most.
    func parkedItems(in lane: LaneID, limit: Int) throws -> [QueueItem] {
        settle(lane, limit)
        if parked[lane]?.holds(limit) != true {
            try readParkedItems(in: [lane], ahead: Self.more(than: parked[lane]?.ahead))
            settle(lane, limit)
        }
        return Array((parked[lane]?.rows ?? []).prefix(limit))
    }

    /// The first call in a lane, once its run is locked; and with it the runs of those that are going to be next.
    func lockedHead(of lane: LaneID) throws -> QueueItem? {
        guard let head = parked[lane], let first = head.rows.first else { return nil }
        let isKnown = first.key.run.map { runs[$0] != nil } ?? true
        let next = head.rows.prefix(isKnown || !loadsAhead ? 1 : head.ahead)
        return try locked(Array(next)).first { $0.key == first.key }
    }

    /// Reads the backlogs of slots that are going to be let go, in one go.
    ///
    /// - Parameter releases: how many of each gate.
    func readBacklogs(_ releases: [GateID: Int]) throws {
        let awaited = try releases.filter { try gate($0.key).isAwaited }
        guard let most = awaited.values.max() else { return }
        let places = Set(awaited.keys.flatMap(places))
        try readLanes(waitingOn: Array(places), ahead: Self.rung(most))
        let next = places.flatMap { (waiting[$0] ?? [:]).values.flatMap { $0.rows.prefix(most) } }
        guard Set(next.flatMap(\.places)).count(where: { gates[$0] == nil }) <= Limits.backlogAhead else { return }
        try lock(next)
        // Lanes take turns.
        let share = Dictionary(grouping: next, by: \.waitsOn).values.map { (most + $0.count - 1) / $0.count }.max() ?? 1
        try readParkedItems(in: next.map(\.id), ahead: Self.rung(share))
        _ = try locked(next.flatMap { (parked[$0.id]?.rows ?? []).prefix(share) })
    }

    /// Takes notice of what has become of a lane.
    func note(_ lane: Lane?, at id: LaneID) {
        // Found first: what is changed while it is walked over is copied.
        let found = waiting.flatMap { place, heads in heads.filter { $0.value.contains(id) }.map { (place, $0.key) } }
        for (place, function) in found { waiting[place]?[function]?.remove(id) }
        guard let lane else { return }
        // Where the place is known and the function is not there, it has no lanes there.
        waiting[lane.waitsOn]?[lane.functionID, default: BacklogHead([])].put(lane)
    }

    // MARK: Reading

    private func readLanes(waitingOn places: [String], ahead: Int) throws {
        try flush()
        let found = try store.firstLanes(waitingOn: places, limit: ahead + 1)
        let byPlace = Dictionary(grouping: found, by: \.waitsOn)
        for place in places {
            waiting[place] = Dictionary(grouping: byPlace[place] ?? [], by: \.functionID)
                .mapValues { BacklogHead($0, ahead: ahead) }
        }
        noteLocked(found)
    }

    private func readParkedItems(in lanes: [LaneID], ahead: Int) throws {
        try flush()
        let found = Dictionary(grouping: try store.parkedItems(in: lanes, limit: ahead + 1)) { $0.lane }
        for lane in lanes { parked[lane] = BacklogHead(found[lane] ?? [], ahead: ahead) }
    }

    /// Drops calls that are parked there no more.
    private func settle(_ lane: LaneID, _ count: Int) {
        parked[lane]?.settle(count) { [queue] in queue.knows($0.key) && queue[$0.key]?.lane != lane }
    }

    /// How many to read where so many were too few.
    private static func more(than before: Int?) -> Int { before.map { min($0 * 4, Limits.backlogAhead) } ?? 1 }

    /// A few sizes, so that stores have few statements to prepare.
    private static func rung(_ count: Int) -> Int {
        var rung = 1
        while rung < min(count, Limits.backlogAhead) { rung = more(than: rung) }
        return rung
    }
}

extension QueueItem {
    /// The lane that it is parked in.
    fileprivate var lane: LaneID? {
        if case .parked(let lane) = stage { lane } else { nil }
    }
}
