import CSQLite

/// One connection to a database file. Used by one thread at a time: SQLite's own locks are off.
final class SQLiteConnection: QueryConnection {
    private let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]

    /// - Parameter path: a file, or `:memory:` for a database that lives as long as the connection.
    init(path: String, readOnly: Bool = false) throws(SQLiteError) {
        var handle: OpaquePointer?
        let access = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let code = sqlite3_open_v2(path, &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle else {
            let error = SQLiteError(
                code: code, message: handle.map(Self.message) ?? "out of memory", sql: "open \(path)")
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
    }

    deinit {
        for statement in statements.values { statement.finalize() }
        sqlite3_close_v2(handle)
    }

    /// Runs statements that return nothing, for schemas and settings.
    func execute(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError(code: code, message: Self.message(handle), sql: sql) }
    }

    /// A prepared statement, made at its first use and kept.
    func statement(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        if let known = statements[sql] { return known }
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else {
            throw SQLiteError(code: code, message: Self.message(handle), sql: sql)
        }
        let statement = SQLiteStatement(prepared, connection: handle, sql: sql)
        statements[sql] = statement
        return statement
    }

    /// Runs `body` in a transaction that takes the write lock at once.
    func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try statement("BEGIN IMMEDIATE").run()
        do {
            let result = try body()
            try statement("COMMIT").run()
            return result
        } catch {
            // Where the failure has ended the transaction already, there is nothing to roll back.
            if sqlite3_get_autocommit(handle) == 0 { try statement("ROLLBACK").run() }
            throw error
        }
    }

    /// The value of a pragma that returns one number.
    func pragma(_ name: String) throws(SQLiteError) -> Int {
        try statement("PRAGMA \(name)").map { $0.int(0) }.first ?? 0
    }

    static func message(_ handle: OpaquePointer) -> String {
        sqlite3_errmsg(handle).map { String(cString: $0) } ?? "unknown error"
    }
}

/// What SQLite reports, with the statement that it was about.
package struct SQLiteError: Error, CustomStringConvertible {
    /// The extended result code.
    package let code: Int32
    package let message: String
    package let sql: String

    package var description: String { "SQLite error \(code): \(message) (in: \(sql.prefix(200)))" }

    /// Whether another process holds the file.
    package var isBusy: Bool { code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED }
}
