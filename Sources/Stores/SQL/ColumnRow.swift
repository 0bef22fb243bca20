import JSON

/// A row that a query has found. Valid while it is handed out.
protocol ColumnRow {
    func isNull(_ column: Int32) -> Bool
    func int64(_ column: Int32) -> Int64
    /// Empty for NULL.
    func text(_ column: Int32) -> String
    /// Empty for NULL.
    func bytes(_ column: Int32) -> [UInt8]
}

extension ColumnRow {
    func int(_ column: Int32) -> Int { Int(int64(column)) }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    /// Text that the store wrote as canonical JSON; nil for NULL.
    func json(_ column: Int32) -> JSON? {
        let bytes = bytes(column)
        return bytes.isEmpty ? nil : JSON(canonical: bytes)
    }
}

/// A value of a column, as it is written or compared.
package enum ColumnValue: Sendable {
    case null
    case int(Int64)
    case text(String)
    case bytes(ArraySlice<UInt8>)

    /// About how many bytes it takes.
    fileprivate var size: Int {
        switch self {
        case .null, .int: 8
        case .text(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        }
    }
}

extension [[ColumnValue]] {
    /// Cuts rows into parts of about so many bytes.
    func parts(of size: Int) -> [[[ColumnValue]]] {
        var (parts, start, filled): ([[[ColumnValue]]], Int, Int) = ([], 0, 0)
        for (index, row) in enumerated() {
            let bytes = row.reduce(0) { $0 + $1.size }
            if index > start, filled + bytes > size {
                parts.append(Array(self[start..<index]))
                (start, filled) = (index, 0)
            }
            filled += bytes
        }
        return start == 0 ? [self] : parts + [Array(self[start...])]
    }
}

/// A connection that runs queries written for every store: `?` stands for a value, integers are of 64 bits, times
/// are Unix milliseconds.
protocol QueryConnection {
    associatedtype Statement: QueryStatement
    func statement(_ sql: String) throws -> Statement
}

/// A query of one connection.
protocol QueryStatement {
    /// Runs it and makes something of each row.
    func map<Element>(_ values: [ColumnValue], row: (any ColumnRow) -> Element) throws -> [Element]
}

extension QueryStatement {
    func map<Element>(_ values: ColumnValue..., row: (any ColumnRow) -> Element) throws -> [Element] {
        try map(values, row: row)
    }
}
