import ArgumentParser
import Engine
import Foundation
import Stores
import Wire

/// Which state a command works on, of an orchestrator that is not running.
struct StateArguments: ParsableArguments {
    @Option(help: "The file that keeps the state.")
    var sqlite: String?

    @OptionGroup var database: DatabaseArguments

    func validate() throws {
        guard sqlite == nil || database.postgresURI == nil else {
            throw ValidationError("--sqlite or --postgres-uri, not both")
        }
    }

    /// Opens the store and hands it to `body`.
    ///
    /// - Parameter isMigrating: whether a shared database is brought up to date first.
    func open<Result>(
        migrating isMigrating: Bool = true, _ body: (any Dump.End & Store) throws -> Result
    ) throws -> Result {
        if let sqlite { return try body(try SQLiteStore(path: sqlite)) }
        guard let address = database.address else {
            throw ValidationError("--sqlite FILE or --postgres-uri URI says which state is meant")
        }
        var ids = ULIDSource()
        let node = ids.next(at: .wall)
        return try body(try PostgresStore(address, node: node, isMigrating: isMigrating))
    }
}

/// `orchestrator export`
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write all state of an orchestrator that is not running to a file, runs in flight included.",
        discussion: """
            To move from SQLite to PostgreSQL: end the orchestrator, export, import, start it with --postgres-uri.
              orchestrator export --sqlite orchestrator.sqlite --to state.jsonl
              orchestrator import --postgres-uri postgresql:///durable state.jsonl
            """)

    @OptionGroup var state: StateArguments

    @Option(help: "The file to write. It must not be there yet.")
    var to: String

    func run() throws {
        let descriptor = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ValidationError("--to: \(to) can't be made: \(String(cString: strerror(errno)))")
        }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            print("\(try write(to: file)) rows are in \(to)")
        } catch {
            // Half of the state is none.
            unlink(to)
            throw error
        }
    }

    /// - Returns: how many rows.
    private func write(to file: FileHandle) throws -> Int {
        let count = try state.open(migrating: false) { store in
            var buffer: [UInt8] = []
            let count = try Dump.export(store) { line in
                buffer += line
                guard buffer.count > 1 << 20 else { return }
                try file.write(contentsOf: buffer)
                buffer.removeAll(keepingCapacity: true)
            }
            try file.write(contentsOf: buffer)
            return count
        }
        try file.synchronize()
        return count
    }
}

/// `orchestrator import`
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Fill an empty database with what `orchestrator export` has written.",
        discussion: "All of it is there afterwards, or nothing. Calls that were open are made again.")

    @Argument(help: "The file that was exported.")
    var file: String

    @OptionGroup var state: StateArguments

    func run() throws {
        let bytes: Data
        do { bytes = try Data(contentsOf: URL(fileURLWithPath: file), options: .mappedIfSafe) } catch {
            throw ValidationError("\(file) can't be read: \(error.localizedDescription)")
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n")).lazy.map { Array($0)[...] }
        let count = try state.open { try Dump.load(lines, into: $0) }
        print("\(count) rows were imported")
    }
}
