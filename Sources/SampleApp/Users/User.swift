import Foundation
import GRDB

/// Somebody who signed up.
struct User: Codable, Hashable, Sendable {
    let id: String
    let name: String
    let email: EmailAddress
    var plan: Plan
    let createdAt: Date

    /// What the user pays for.
    enum Plan: String, Codable, Sendable {
        case free
        case pro
    }
}

extension User: FetchableRecord, PersistableRecord, TableRecord {
    static let databaseTableName = "user"

    enum Columns {
        static let email = Column("email")
        static let plan = Column("plan")
    }
}
