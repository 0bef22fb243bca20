import Foundation
import GRDB

/// An email in the outbox.
struct EmailRecord: Codable, Hashable, Sendable {
    let id: String
    /// What makes it one email, however often it is sent.
    let key: String
    let recipient: EmailAddress
    let subject: String
    let paragraphs: [String]
    let createdAt: Date
    /// Until when somebody is at delivering it. Nil when nobody is.
    var claimedUntil: Date?
    /// When it was delivered. Nil when it has not been yet.
    var sentAt: Date?
    /// The id that the delivering service gave it.
    var receipt: String?
}

extension EmailRecord: FetchableRecord, PersistableRecord, TableRecord {
    static let databaseTableName = "email"
    static let links = hasMany(LinkRecord.self).order(LinkRecord.Columns.position)

    enum Columns {
        static let id = Column("id")
        static let key = Column("key")
        static let recipient = Column("recipient")
        static let claimedUntil = Column("claimedUntil")
        static let sentAt = Column("sentAt")
        static let receipt = Column("receipt")
    }
}

/// A link in an email, and how often it was clicked.
struct LinkRecord: Codable, Hashable, Sendable {
    let token: String
    let emailId: String
    let position: Int
    let label: String
    let target: String
    var clicks: Int
}

extension LinkRecord: FetchableRecord, PersistableRecord, TableRecord {
    static let databaseTableName = "link"
    static let email = belongsTo(EmailRecord.self)

    enum Columns {
        static let position = Column("position")
        static let token = Column("token")
        static let clicks = Column("clicks")
    }
}

/// An email with its links.
struct StoredEmail: Decodable, Hashable, Sendable, FetchableRecord {
    let record: EmailRecord
    let links: [LinkRecord]

    enum CodingKeys: String, CodingKey {
        case record = "email"
        case links
    }

    var receipt: SentEmail {
        SentEmail(emailID: record.id, recipient: record.recipient, subject: record.subject)
    }
}
