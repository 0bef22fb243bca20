/// What stands in line in a backlog.
protocol InLine {
    associatedtype Identity: Hashable
    var identity: Identity { get }
    /// Whether it comes before another. No two stand at the same place.
    func precedes(_ other: Self) -> Bool
}

/// The first rows of a backlog, in its order: read at once, and kept as the transaction changes them, so that what is
/// served one after the other is not read one by one.
struct BacklogHead<Row: InLine> {
    private(set) var rows: [Row]
    /// The last one that was read, where others may stand behind it.
    private let end: Row?
    /// How many of them can be served before it is known who comes next only by reading again.
    let ahead: Int

    /// - Parameter rows: one more than `ahead`, or all that there are.
    init(_ rows: [Row], ahead: Int = 1) {
        self.rows = rows
        self.ahead = ahead
        end = rows.count > ahead ? rows.last : nil
    }

    /// Whether it has as many of the backlog's first rows, or all that there are.
    func holds(_ count: Int) -> Bool { end == nil || rows.count >= count }

    func contains(_ identity: Row.Identity) -> Bool { rows.contains { $0.identity == identity } }

    mutating func remove(_ identity: Row.Identity) { rows.removeAll { $0.identity == identity } }

    /// Drops those that have gone, as far as it takes to know the first ones.
    mutating func settle(_ count: Int, isGone: (Row) -> Bool) {
        var settled = 0
        while settled < min(count, rows.count) {
            if isGone(rows[settled]) { rows.remove(at: settled) } else { settled += 1 }
        }
    }

    /// Puts a row in its place. Behind the end it is not known which others stand before it.
    mutating func put(_ row: Row) {
        remove(row.identity)
        if let end, !row.precedes(end) { return }
        rows.insert(row, at: rows.firstIndex { row.precedes($0) } ?? rows.endIndex)
    }
}

extension Lane: InLine {
    var identity: LaneID { id }

    func precedes(_ other: Lane) -> Bool {
        (turn, head, id.description) < (other.turn, other.head, other.id.description)
    }
}

extension QueueItem: InLine {
    var identity: Key { key }

    func precedes(_ other: QueueItem) -> Bool {
        (rank, key.run?.description ?? "", key.step?.hash ?? "")
            < (other.rank, other.key.run?.description ?? "", other.key.step?.hash ?? "")
    }
}
