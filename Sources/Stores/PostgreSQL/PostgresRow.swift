import CLibPQ

/// A row of a result, in PostgreSQL's binary format. Valid while it is handed out.
struct PostgresRow: ColumnRow {
    let result: OpaquePointer
    let row: Int32

    func isNull(_ column: Int32) -> Bool { PQgetisnull(result, row, column) == 1 }

    /// Integers of any width, and booleans as 0 and 1.
    func int64(_ column: Int32) -> Int64 {
        let bytes = value(column)
        guard let first = bytes.first else { return 0 }
        if bytes.count == 1 { return Int64(first) }
        return bytes.dropFirst().reduce(Int64(Int8(bitPattern: first))) { $0 << 8 | Int64($1) }
    }

    func text(_ column: Int32) -> String { PostgresText.read(value(column)) }

    func bytes(_ column: Int32) -> [UInt8] { Array(value(column)) }

    private func value(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        guard let start = PQgetvalue(result, row, column) else { return UnsafeBufferPointer(start: nil, count: 0) }
        let count = Int(PQgetlength(result, row, column))
        return UnsafeBufferPointer(start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: count)
    }
}
