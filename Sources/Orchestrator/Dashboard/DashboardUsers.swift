import Crypto
import Foundation
import Wire

/// Who may use the dashboard, and as what.
struct DashboardUsers: Sendable {
    enum Role: String, Sendable {
        /// May do everything.
        case admin
        /// May look.
        case viewer
    }

    /// A name with the digest of a password: what is compared in constant time, and kept.
    private struct User: Sendable {
        let name: String
        let digest: [UInt8]
        /// The same in all processes, and never told.
        let mark: [UInt8]
        let role: Role
    }

    private var users: [User] = []
    /// Digests of other processes are of no use here.
    private let salt = SymmetricKey(size: .bits256)

    var isEmpty: Bool { users.isEmpty }

    /// The name that stands for somebody with a token instead of a name and a password.
    static let tokenName = "token"

    /// Adds somebody.
    /// - Parameter text: `NAME:PASSWORD`.
    /// - Throws: ``InvalidDashboardUser``.
    mutating func add(_ text: String, as role: Role) throws {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, !parts[0].isEmpty, parts[1].utf8.count >= Self.minimumPassword,
            !parts[0].contains(where: { $0.isWhitespace || $0 == "|" })
        else { throw InvalidDashboardUser() }
        users.append(
            User(
                name: String(parts[0]), digest: digest(of: String(parts[1])),
                mark: Array(SHA256.hash(data: Array(parts[1].utf8))), role: role))
    }

    /// Adds somebody with a token, which may be tried more often than a password.
    mutating func add(token: String) throws {
        guard token.utf8.count >= Self.minimumToken else { throw ShortDashboardToken() }
        try add("\(Self.tokenName):\(token)", as: .admin)
    }

    /// Short passwords are guessed, however slowly one may try.
    private static let minimumPassword = 8
    fileprivate static let minimumToken = 16

    /// The role of somebody with this password. All are compared, so that the time does not tell which name is known.
    func role(of name: String, password: String) -> Role? {
        let digest = digest(of: password)
        return users.reduce(nil) { found, user in
            let isUser = constantTimeEqual(Array(user.name.utf8), Array(name.utf8))
            return constantTimeEqual(user.digest, digest) && isUser ? user.role : found
        }
    }

    func knows(_ name: String) -> Bool { users.contains { $0.name == name } }

    /// Whether somebody of this name still has this role.
    func has(_ name: String, role: Role) -> Bool { users.contains { $0.name == name && $0.role == role } }

    /// What the passwords of this name are, for keys that end with them.
    func mark(of name: String, role: Role) -> [UInt8] {
        users.filter { $0.name == name && $0.role == role }.flatMap(\.mark)
    }

    private func digest(of password: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(password.utf8), using: salt))
    }
}

/// A user of the dashboard is not of the form `NAME:PASSWORD`.
struct InvalidDashboardUser: Error, CustomStringConvertible {
    var description: String {
        "NAME:PASSWORD is expected, with a name without spaces and a password of at least 8 characters"
    }
}

/// A token that could be guessed.
struct ShortDashboardToken: Error, CustomStringConvertible {
    var description: String {
        "a token of at least \(DashboardUsers.minimumToken) characters is expected: `openssl rand -hex 32` makes one"
    }
}
