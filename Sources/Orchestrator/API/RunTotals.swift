import Engine
import Wire

/// Counts runs by status, once for all who ask at about the same time: with a million runs a count takes a while, and
/// every open dashboard wants it again whenever something changes.
actor RunTotals {
    struct Counted: Sendable {
        let counts: [Run.Status: Int]
        /// What happened later is not in.
        let at: Timestamp
    }

    private struct Entry {
        let work: Task<Counted, any Error>
        /// Nil while it is being counted.
        var usableUntil: ContinuousClock.Instant?
    }

    private let count: @Sendable (RunQuery) async throws -> [Run.Status: Int]
    private var entries: [RunQuery: Entry] = [:]
    /// Who waits for a count at the moment.
    private(set) var waiting = 0

    /// A count is used for so many times as long as it took: then counting takes this part of one reader's time at most.
    private static let share = 20
    private static let longest = Duration.seconds(10)
    private static let maximumEntries = 100

    init(_ count: @escaping @Sendable (RunQuery) async throws -> [Run.Status: Int]) {
        self.count = count
    }

    func totals(_ query: RunQuery, now: Timestamp) async throws -> Counted {
        waiting += 1
        defer { waiting -= 1 }
        if let entry = entries[query], entry.usableUntil.map({ $0 > .now }) ?? true {
            return try await entry.work.value
        }
        let begun = ContinuousClock.now
        // On its own, for who asked first may leave before it is done.
        let work = Task { [count] in Counted(counts: try await count(query), at: now) }
        makeRoom()
        entries[query] = Entry(work: work)
        do {
            let counted = try await work.value
            let cost = ContinuousClock.now - begun
            entries[query] = Entry(work: work, usableUntil: .now + min(cost * Self.share, Self.longest))
            return counted
        } catch {
            entries[query] = nil
            throw error
        }
    }

    private func makeRoom() {
        guard entries.count >= Self.maximumEntries else { return }
        entries = entries.filter { $0.value.usableUntil.map { $0 > .now } ?? true }
        if entries.count >= Self.maximumEntries { entries = entries.filter { $0.value.usableUntil == nil } }
    }
}
