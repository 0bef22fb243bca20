import GRDB

/// The app's SQLite database: its users and their emails.
struct AcmeDatabase: Sendable {
    let writer: any DatabaseWriter

    /// Opens the file, makes it where there is none, and brings its tables up to date.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        }
        try self.init(DatabaseQueue(path: path, configuration: configuration))
    }

    /// A database that lives as long as this value.
    static func inMemory() throws -> AcmeDatabase { try AcmeDatabase(DatabaseQueue()) }

    private init(_ writer: any DatabaseWriter) throws {
        self.writer = writer
        try Self.migrator.migrate(writer)
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("users") { db in
            try db.create(table: "user", options: .strict) { table in
                table.primaryKey("id", .text)
                table.column("name", .text).notNull()
                table.column("email", .text).notNull().collate(.nocase).unique()
                table.column("plan", .text).notNull().check { ["free", "pro"].contains($0) }
                table.column("createdAt", .text).notNull()
            }
        }
        migrator.registerMigration("outbox") { db in
            try db.create(table: "email", options: .strict) { table in
                table.primaryKey("id", .text)
                // What makes sending idempotent: the second time, there is a row already.
                table.column("key", .text).notNull().unique()
                table.column("recipient", .text).notNull().collate(.nocase).indexed()
                table.column("subject", .text).notNull()
                table.column("paragraphs", .text).notNull()
                table.column("createdAt", .text).notNull()
                table.column("claimedUntil", .text)
                table.column("sentAt", .text)
                table.column("receipt", .text)
            }
            try db.create(table: "link", options: .strict) { table in
                table.primaryKey("token", .text)
                table.belongsTo("email", onDelete: .cascade).notNull()
                table.column("position", .integer).notNull()
                table.column("label", .text).notNull()
                table.column("target", .text).notNull()
                table.column("clicks", .integer).notNull().defaults(to: 0)
            }
        }
        return migrator
    }
}
