import CSQLite

/// A prepared statement of one connection.
final class SQLiteStatement: QueryStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer
    private let sql: String

    init(_ handle: OpaquePointer, connection: OpaquePointer, sql: String) {
        self.handle = handle
        self.connection = connection
        self.sql = sql
    }

    /// The owner's connection calls this once, before it closes.
    func finalize() {
        sqlite3_finalize(handle)
    }

    /// Runs the statement for its effect.
    func run(_ values: ColumnValue...) throws(SQLiteError) { try run(values) }

    func run(_ values: [ColumnValue]) throws(SQLiteError) {
        defer { sqlite3_reset(handle) }
        try bind(values)
        while try step() {}
    }

    /// Runs the statement and makes something of each row.
    func map<Element>(_ values: ColumnValue..., row: (any ColumnRow) -> Element) throws(SQLiteError) -> [Element] {
        try map(values, row: row)
    }

    func map<Element>(_ values: [ColumnValue], row: (any ColumnRow) -> Element) throws(SQLiteError) -> [Element] {
        defer { sqlite3_reset(handle) }
        try bind(values)
        var elements: [Element] = []
        while try step() { elements.append(row(Row(handle: handle))) }
        return elements
    }

    private func step() throws(SQLiteError) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw SQLiteError(code: code, message: SQLiteConnection.message(connection), sql: sql)
        }
    }

    private func bind(_ values: [ColumnValue]) throws(SQLiteError) {
        for (index, value) in values.enumerated() {
            let position = Int32(index + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(handle, position)
                case .int(let number): sqlite3_bind_int64(handle, position, number)
                case .text(let text): bindText(text, position)
                case .bytes(let bytes):
                    bytes.withUnsafeBufferPointer {
                        // A blob without bytes needs an address, or it would be NULL.
                        $0.isEmpty
                            ? sqlite3_bind_zeroblob(handle, position, 0)
                            : sqlite3_bind_blob64(handle, position, $0.baseAddress, UInt64($0.count), Self.transient)
                    }
                }
            guard code == SQLITE_OK else {
                throw SQLiteError(code: code, message: SQLiteConnection.message(connection), sql: sql)
            }
        }
    }

    private func bindText(_ text: String, _ position: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { buffer in
            buffer.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text64(
                    handle, position, $0.baseAddress, UInt64($0.count), Self.transient, UInt8(SQLITE_UTF8))
            }
        }
    }

    /// SQLITE_TRANSIENT: SQLite copies what is bound. The C macro is a cast that Swift does not import.
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    /// The row that a statement stands on. Valid while it is handed out.
    struct Row: ColumnRow {
        fileprivate let handle: OpaquePointer

        func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

        func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

        func text(_ column: Int32) -> String {
            let count = Int(sqlite3_column_bytes(handle, column))
            guard let start = sqlite3_column_text(handle, column) else { return "" }
            return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
        }

        func bytes(_ column: Int32) -> [UInt8] {
            let count = Int(sqlite3_column_bytes(handle, column))
            guard count > 0, let start = sqlite3_column_blob(handle, column) else { return [] }
            return Array(UnsafeRawBufferPointer(start: start, count: count))
        }
    }
}
