import Wire

/// Rows of one kind as a transaction knows them: read, changed, or known not to be there.
struct KnownRows<Key: Hashable, Row> {
    private var rows: [Key: Row?] = [:]
    private var changed: Set<Key> = []
    /// The run that a row goes with, if it does.
    private let owner: (Key) -> ULID?
    private var keysOfRuns: [ULID: [Key]] = [:]

    init(goingWith owner: @escaping (Key) -> ULID? = { _ in nil }) {
        self.owner = owner
    }

    /// The row; nil where there is none, or it is not known.
    subscript(key: Key) -> Row? { rows[key] ?? nil }

    /// Whether it was read or changed.
    func knows(_ key: Key) -> Bool { rows[key] != nil }

    /// The row, read if it is not known yet.
    mutating func row(_ key: Key, read: () throws -> Row?) rethrows -> Row? {
        if let known = rows[key] { return known }
        let row = try read()
        note(row, at: key)
        return row
    }

    /// Takes in what the store has.
    mutating func note(_ row: Row?, at key: Key) {
        if case .none = rows.updateValue(row, forKey: key), let run = owner(key) {
            keysOfRuns[run, default: []].append(key)
        }
    }

    mutating func put(_ row: Row, at key: Key) {
        note(row, at: key)
        changed.insert(key)
    }

    mutating func remove(_ key: Key) {
        note(nil, at: key)
        changed.insert(key)
    }

    /// Rows that the store takes away by itself with their run are gone, with what was to be written of them.
    mutating func forget(of run: ULID) {
        for key in keysOfRuns[run] ?? [] where self[key] != nil {
            rows[key] = .some(nil)
            changed.remove(key)
        }
    }

    /// Whether there is anything that ``takeChanges()`` would give.
    var areChanged: Bool { !changed.isEmpty }

    /// What changed since the last time.
    mutating func takeChanges() -> (put: [Row], removed: [Key]) {
        var changes: (put: [Row], removed: [Key]) = ([], [])
        for key in changed {
            if let row = self[key] { changes.put.append(row) } else { changes.removed.append(key) }
        }
        changed.removeAll(keepingCapacity: true)
        return changes
    }
}
