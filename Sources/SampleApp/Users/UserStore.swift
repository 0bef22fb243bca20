import Foundation
import GRDB

/// The users of ACME.
struct UserStore: Sendable {
    let database: AcmeDatabase

    /// Makes a user, or finds the one who has this address already.
    func signUp(name: String, email: EmailAddress) async throws -> User {
        let user = User(
            id: RandomID.make(), name: name, email: email, plan: .free, createdAt: Date())
        return try await database.writer.write { db in
            if let known = try User.filter(User.Columns.email == user.email).fetchOne(db) { return known }
            try user.insert(db)
            return user
        }
    }

    /// The user of an id.
    func user(id: String) async throws -> User? {
        try await database.writer.read { db in try User.fetchOne(db, key: id) }
    }

    /// Puts a user on the pro plan. Nil where there is no such user.
    func upgrade(id: String) async throws -> User? {
        try await database.writer.write { db in
            guard var user = try User.fetchOne(db, key: id) else { return nil }
            user.plan = .pro
            try user.update(db)
            return user
        }
    }

    /// How many users are on each plan.
    func counts() async throws -> [User.Plan: Int] {
        try await database.writer.read { db in
            let rows = try Row.fetchAll(db, sql: "SELECT plan, count(*) AS users FROM user GROUP BY plan")
            return Dictionary(
                rows.compactMap { row in User.Plan(rawValue: row["plan"]).map { ($0, row["users"]) } },
                uniquingKeysWith: { first, _ in first })
        }
    }
}
