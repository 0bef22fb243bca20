import Engine
import Foundation
import JSON
import Wire

/// All rows of a store as text, to move them to another store or to keep them: lines of JSON, the first of which says
/// what follows. `{"orchestrator_dump":1}`, then for each table `{"columns":[…],"table":"runs"}` and a list for each
/// row; `{"rows":12}` ends it, with how many there are. A payload stands in a list of its own, so that it is told from a
/// NULL.
package enum Dump {
    /// Of the format, not of a schema: columns go by their names.
    static let format = 1
    /// Rows that are read and written at a time, and bytes of them: a row may have 4 MiB and more.
    static let rowsAtOnce = 100
    static let bytesAtOnce = 16 << 20
    /// Payloads stand within the lists of their rows, and events within the events that tell of them.
    static let limits = JSONLimits(depth: 1000)

    /// The store a dump is taken from, or goes into. Its rows are those of ``StoreTable/moved``.
    package protocol End {
        /// Runs `body`, which sees the store as it is at one moment.
        func atOneMoment<Result>(_ body: () throws -> Result) throws -> Result
        /// Makes sure, in the transaction that fills the store, that nobody is at work on it.
        ///
        /// - Throws: ``InvalidDump`` where somebody is.
        func beAlone() throws
        /// The next rows in the order of the key.
        func rows(of table: StoreTable, after key: [ColumnValue]?, limit: Int) throws -> [[ColumnValue]]
        func insert(_ rows: [[ColumnValue]], into table: StoreTable) throws
        /// Makes the rows usable, once all are there.
        func finish() throws
    }

    // MARK: Out

    /// Writes all rows, as they are at one moment.
    ///
    /// - Returns: how many rows.
    @discardableResult
    package static func export(_ source: some End & Store, to write: (ArraySlice<UInt8>) throws -> Void) throws -> Int {
        try source.atOneMoment { try rows(of: source, to: write) }
    }

    private static func rows(of source: some End, to write: (ArraySlice<UInt8>) throws -> Void) throws -> Int {
        var count = 0
        @discardableResult
        func line(_ json: JSON) throws -> Int {
            let bytes = json.bytes
            try write(bytes + [UInt8(ascii: "\n")])
            return bytes.count
        }
        try line(["orchestrator_dump": .int(format)])
        for table in StoreTable.moved {
            try line(["columns": .array(table.columns.map { .string($0.name) }), "table": .string(table.name)])
            var last: [ColumnValue]?
            // Few at first, until it is known how large they are.
            var (limit, largest) = (4, 1)
            while true {
                let rows = try source.rows(of: table, after: last, limit: limit)
                for row in rows { largest = max(largest, try line(.array(row.map(\.json)))) }
                count += rows.count
                guard rows.count == limit, let end = rows.last else { break }
                last = Array(end.prefix(table.key))
                limit = min(max(1, bytesAtOnce / largest), rowsAtOnce)
            }
        }
        try line(["rows": .int(count)])
        return count
    }

    // MARK: In

    /// Fills an empty store. All of it is there when this returns, or nothing.
    ///
    /// - Returns: how many rows.
    @discardableResult
    package static func load(_ lines: some Sequence<ArraySlice<UInt8>>, into target: some End & Store) throws -> Int {
        try target.transaction {
            try target.beAlone()
            for table in StoreTable.moved where try !target.rows(of: table, after: nil, limit: 1).isEmpty {
                throw InvalidDump("the target holds \(table.name) already: a dump goes into an empty store")
            }
            var filling = Filling(target: target)
            for (number, line) in lines.enumerated() where !line.isEmpty {
                do {
                    try filling.take(JSON(parsing: line, limits: limits), bytes: line.count)
                } catch let error as JSONError {
                    throw InvalidDump("line \(number + 1): \(error)")
                } catch let error as InvalidDump {
                    throw InvalidDump("line \(number + 1): \(error.description)")
                }
            }
            guard filling.isWhole else {
                throw InvalidDump("the end is missing, \(filling.count) rows are there: it was cut off. Export again")
            }
            try target.finish()
            return filling.count
        }
    }

    private struct Filling<Target: End> {
        let target: Target
        private(set) var count = 0
        /// Whether the line that ends it has come.
        private(set) var isWhole = false
        private var hasBegun = false
        private var table: StoreTable?
        private var rows: [[ColumnValue]] = []
        private var bytes = 0

        init(target: Target) { self.target = target }

        mutating func take(_ line: JSON, bytes size: Int) throws {
            bytes += size
            if isWhole { throw InvalidDump("the dump has ended, and more follows") }
            if !hasBegun {
                guard line["orchestrator_dump"]?.int == Dump.format else {
                    throw InvalidDump("this is no dump of format \(Dump.format)")
                }
                hasBegun = true
            } else if let rows = line["rows"]?.int {
                try flush()
                guard rows == count else { throw InvalidDump("\(count) rows of \(rows) are there") }
                isWhole = true
            } else if let name = line["table"]?.string {
                try begin(name, line["columns"]?.elements.compactMap(\.string) ?? [])
            } else {
                try add(line)
            }
        }

        private mutating func begin(_ name: String, _ columns: [String]) throws {
            try flush()
            guard let known = StoreTable.moved.first(where: { $0.name == name }) else {
                throw InvalidDump("there is no table '\(name)': the dump is of a newer version")
            }
            // A dump of an older version has fewer columns; those that it lacks take their defaults.
            let missing = columns.filter { column in !known.columns.contains { $0.name == column } }
            guard missing.isEmpty else {
                throw InvalidDump("table '\(name)' has no column \(missing.joined(separator: ", "))")
            }
            table = known.keeping(columns)
        }

        private mutating func add(_ line: JSON) throws {
            let values = Array(line.elements)
            guard let table, values.count == table.columns.count else {
                throw InvalidDump("a row of \(table?.columns.count ?? 0) values was expected")
            }
            rows.append(try zip(table.columns, values).map { try ColumnValue($1, $0.type) })
            count += 1
            if rows.count == Dump.rowsAtOnce || bytes > Dump.bytesAtOnce { try flush() }
        }

        mutating func flush() throws {
            bytes = 0
            guard let table, !rows.isEmpty else { return }
            try target.insert(rows, into: table)
            rows.removeAll(keepingCapacity: true)
        }
    }
}

extension ColumnValue {
    fileprivate var json: JSON {
        switch self {
        case .null: .null
        case .int(let number): .int(Int(number))
        case .text(let text): .string(text)
        case .bytes(let bytes): .array([JSON(canonical: Array(bytes))])
        }
    }

    fileprivate init(_ json: JSON, _ type: StoreTable.ColumnType) throws {
        switch (json.kind, type) {
        case (.null, _): self = .null
        case (.number, .int): self = .int(Int64(json.int ?? 0))
        case (.string, .text): self = .text(json.string ?? "")
        case (.array, .blob): self = .bytes(json[0]?.bytes ?? [])
        default: throw InvalidDump("\(json.text.prefix(80)) is no \(type.rawValue)")
        }
    }
}

/// A file is no dump, or does not fit.
package struct InvalidDump: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
