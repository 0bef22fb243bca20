import Engine
import Wire

/// Locks of transactions on what is no row: advisory locks, which end with the transaction.
///
/// Every transaction shares one lock, the database's. One that changes what all go by (apps and functions) has it
/// alone: it waits until all others are over, and those that come later wait for it. So a function's limits and its
/// pause hold for all from the moment at which they are acknowledged.
///
/// Beside that, whoever needs a limit (a gate with its lanes, a key of a rule) locks its name. A transaction that needs
/// more of them than the server's table of locks has room for has the database alone instead, and so does one that was
/// refused several times.
extension PostgresStore {
    struct Locks {
        /// Whether this transaction, or the next, has the database to itself.
        var isAlone = false
        fileprivate var names: Set<String> = []
        /// Names that another node had locked when this one needed them. The transactions that follow wait for them
        /// first, until one succeeds.
        fileprivate var contested: Set<String> = []
        fileprivate var refused: [String] = []
        private var conflicts = 0

        /// After so many conflicts in a row the next transaction is alone, where there can be none.
        private static let patience = 4
        /// Names that one transaction locks. A server has 64 places for each connection that it allows, and a node
        /// makes six.
        fileprivate static let atOnce = 256
        /// Names that are locked beside those to delete what they stand for.
        static let forCleaning = 128

        /// Ends a transaction that has failed, and keeps for the next what that has to wait for.
        mutating func end(_ conflict: StoreConflict?) {
            guard conflict != nil else { return self = Locks() }
            contested.formUnion(refused)
            (names, refused) = ([], [])
            conflicts += 1
            if conflicts >= Self.patience || contested.count > Self.atOnce { isAlone = true }
        }
    }

    package static let database = "hashtextextended(current_schema(), 7204)"
    private static let name = "hashtextextended(current_schema() || ' ' || name, 7202)"

    /// First thing in a transaction, while nothing is locked yet, waiting is safe: for names in an order that all
    /// nodes share.
    func beginLocks(_ connection: PostgresConnection) throws {
        guard !locks.isAlone else { return try connection.send("SELECT pg_advisory_xact_lock(\(Self.database))") }
        try connection.send("SELECT pg_advisory_xact_lock_shared(\(Self.database))")
        guard !locks.contested.isEmpty else { return }
        try connection.send(
            """
            SELECT pg_advisory_xact_lock(k.h) FROM (
                SELECT DISTINCT \(Self.name) AS h FROM unnest($1::text[]) AS n (name) ORDER BY 1
            ) AS k
            """, [.texts(Array(locks.contested))])
        locks.names = locks.contested
    }

    /// Has the database to itself from here on, or begins again with it: it is not waited for in the middle.
    func haveAlone() throws {
        guard !locks.isAlone else { return }
        try connection().send("SELECT pg_try_advisory_xact_lock(\(Self.database))", isDecisive: true) {
            [unowned self] in
            let isHad = PostgresConnection.elements($0) { $0.int64(0) == 1 }.first ?? false
            locks.isAlone = true
            if !isHad { throw StoreConflict("other orchestrators are at work while functions change") }
        }
    }

    /// Locks what has a name and perhaps no row yet, until the end of the transaction. Where another node has one,
    /// the next ``checkNames()`` fails, and the transaction begins again.
    func lock(names wanted: [String]) throws {
        let missing = Set(wanted).subtracting(locks.names)
        guard !locks.isAlone, !missing.isEmpty else { return }
        locks.names.formUnion(missing)
        guard locks.names.count <= Locks.atOnce else {
            locks.isAlone = true
            throw StoreConflict("a transaction with more than \(Locks.atOnce) limits is made alone")
        }
        try connection().send(
            "SELECT name FROM unnest($1::text[]) AS n (name) WHERE NOT pg_try_advisory_xact_lock(\(Self.name))",
            [.texts(Array(missing))], isDecisive: true
        ) { [unowned self] in locks.refused += PostgresConnection.elements($0) { $0.text(0) } }
    }

    /// Locks what no other node has locked, and returns that.
    func lockFree(names: [String]) throws -> Set<String> {
        guard !locks.isAlone else { return Set(names) }
        return Set(
            try connection().rows(
                "SELECT name FROM unnest($1::text[]) AS n (name) WHERE pg_try_advisory_xact_lock(\(Self.name))",
                [.texts(names)]
            ) { $0.text(0) })
    }

    /// - Throws: ``StoreConflict`` where another node has something that was to be locked.
    func checkNames() throws {
        guard locks.refused.isEmpty else {
            throw StoreConflict("another orchestrator is at work on the same limits")
        }
    }

    /// Reads what ``lock(names:)`` has locked.
    func rowsUnderLock<Element>(
        _ sql: String, _ parameters: [PostgresParameter], row: @escaping (any ColumnRow) -> Element?
    ) throws -> [Element] {
        let found = try connection().rows(sql, parameters, row: row)
        try checkNames()
        return found
    }

    func names(of footprint: Footprint) -> [String] {
        footprint.gates.keys.map { Self.name(of: $0) } + footprint.rules.map { Self.name(of: $0) }
    }

    static func name(of gate: GateID) -> String { "gate \(gate)" }

    static func name(of key: RuleKey) -> String { "rule \(key.function) \(key.rule.rawValue) \(key.hash)" }
}
