import Foundation
import GRDB

/// All emails that ACME sends, each under a unique key, and the clicks on their links.
struct Outbox: Sendable {
    let database: AcmeDatabase

    /// Puts an email in, or finds the one that is there under this key.
    func record(_ letter: Letter, to recipient: EmailAddress, key: String) async throws -> StoredEmail {
        let record = EmailRecord(
            id: RandomID.make(), key: key, recipient: recipient, subject: letter.subject,
            paragraphs: letter.paragraphs, createdAt: Date())
        let links = letter.links.enumerated().map { position, link in
            LinkRecord(
                token: RandomID.make(), emailId: record.id, position: position, label: link.label,
                target: link.target, clicks: 0)
        }
        return try await database.writer.write { db in
            let known = EmailRecord.filter(EmailRecord.Columns.key == key).including(all: EmailRecord.links)
            if let known = try StoredEmail.fetchOne(db, known) { return known }
            try record.insert(db)
            for link in links { try link.insert(db) }
            return StoredEmail(record: record, links: links)
        }
    }

    /// Takes the right to deliver an email. False when it has been delivered, or somebody else is at it.
    func claim(_ id: String, at now: Date, for duration: TimeInterval) async throws -> Bool {
        try await database.writer.write { db in
            try EmailRecord.filter(EmailRecord.Columns.id == id && EmailRecord.Columns.sentAt == nil)
                .filter(EmailRecord.Columns.claimedUntil == nil || EmailRecord.Columns.claimedUntil <= now)
                .updateAll(db, EmailRecord.Columns.claimedUntil.set(to: now + duration)) == 1
        }
    }

    /// Gives the right to deliver back after a failure.
    func release(_ id: String) async throws {
        _ = try await database.writer.write { db in
            try EmailRecord.filter(EmailRecord.Columns.id == id)
                .updateAll(db, EmailRecord.Columns.claimedUntil.set(to: nil))
        }
    }

    /// Notes that an email has been delivered.
    func markSent(_ id: String, receipt: String?, at now: Date = Date()) async throws {
        _ = try await database.writer.write { db in
            try EmailRecord.filter(EmailRecord.Columns.id == id && EmailRecord.Columns.sentAt == nil)
                .updateAll(
                    db, EmailRecord.Columns.sentAt.set(to: now), EmailRecord.Columns.receipt.set(to: receipt),
                    EmailRecord.Columns.claimedUntil.set(to: nil))
        }
    }

    /// The latest emails to an address, the newest first.
    func emails(to recipient: EmailAddress) async throws -> [StoredEmail] {
        try await database.writer.read { db in
            try StoredEmail.fetchAll(
                db,
                EmailRecord.filter(EmailRecord.Columns.recipient == recipient)
                    .order(Column.rowID.desc).limit(Self.listed).including(all: EmailRecord.links))
        }
    }

    /// Counts a click on a link. Nil where no email has such a link.
    func click(_ token: String) async throws -> Click? {
        try await database.writer.write { db in
            guard var link = try LinkRecord.fetchOne(db, key: token),
                let email = try EmailRecord.fetchOne(db, key: link.emailId)
            else { return nil }
            link.clicks += 1
            try link.update(db)
            return Click(link: link, email: email)
        }
    }

    /// A click on a link, and the email that it was in.
    struct Click: Hashable, Sendable {
        let link: LinkRecord
        let email: EmailRecord
    }

    private static let listed = 100
}
