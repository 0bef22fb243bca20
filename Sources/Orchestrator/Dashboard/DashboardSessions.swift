import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Wire

/// Who is logged in: in a cookie that is signed with a key that all orchestrators with the same signing key and users have,
/// so that it does not matter which of them a load balancer asks.
struct DashboardSessions: Sendable {
    struct Session: Sendable {
        let name: String
        let role: DashboardUsers.Role
        /// What requests that change something have to carry: a page of another origin can't know it.
        let csrf: String
        /// In Unix seconds.
        fileprivate let expires: Int64

        var hasEnded: Bool { expires <= Timestamp.wall.milliseconds / 1000 }
    }

    let users: DashboardUsers
    /// Without a signing key, a key of this process: whoever is logged in logs in again after a restart.
    private let secret: SymmetricKey

    static let cookieName = "orchestrator_session"
    /// In seconds: a working day.
    private static let lifetime: Int64 = 12 * 3600

    init(users: DashboardUsers, signingKey: SigningKey? = nil) {
        self.users = users
        secret = signingKey?.derived(for: "dashboard sessions") ?? SymmetricKey(size: .bits256)
    }

    // MARK: Cookies

    /// The cookie of somebody who has just logged in.
    func cookie(for name: String, _ role: DashboardUsers.Role, secure: Bool) -> String {
        let expires = Timestamp.wall.milliseconds / 1000 + Self.lifetime
        let nonce = Hex.encode((0..<16).map { _ in UInt8.random(in: 0 ... .max) })
        let content = Hex.encode(Array("\(name)|\(role.rawValue)|\(expires)|\(nonce)".utf8))
        let value = "\(content).\(sign("session", content, name, role))"
        return "\(Self.cookieName)=\(value); Max-Age=\(Self.lifetime); \(Self.attributes(secure: secure))"
    }

    /// The cookie that takes the session away.
    static func expiredCookie(secure: Bool) -> String {
        "\(cookieName)=; Max-Age=0; \(attributes(secure: secure))"
    }

    private static func attributes(secure: Bool) -> String {
        "Path=/; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "")
    }

    /// The session of a request; nil where its cookie is missing, forged or has expired.
    func session(of request: Request) -> Session? {
        guard !users.isEmpty else { return nil }
        for case let field in request.headers[values: .cookie] {
            for pair in field.split(separator: ";") {
                let parts = pair.trimmingCharacters(in: .whitespaces).split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0] == Self.cookieName { return session(cookie: String(parts[1])) }
            }
        }
        return nil
    }

    private func session(cookie: String) -> Session? {
        let halves = cookie.split(separator: ".", maxSplits: 1).map(String.init)
        guard halves.count == 2, let content = Hex.decode(halves[0]),
            case let parts = String(decoding: content, as: UTF8.self).split(separator: "|").map(String.init),
            parts.count == 4, let role = DashboardUsers.Role(rawValue: parts[1]), let expires = Int64(parts[2]),
            users.has(parts[0], role: role),
            constantTimeEqual(Array(halves[1].utf8), Array(sign("session", halves[0], parts[0], role).utf8))
        else { return nil }
        let session = Session(
            name: parts[0], role: role, csrf: sign("csrf", halves[0], parts[0], role), expires: expires)
        return session.hasEnded ? nil : session
    }

    /// Under a key of the user's own, which is another one after a change of the password.
    private func sign(_ purpose: String, _ text: String, _ name: String, _ role: DashboardUsers.Role) -> String {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, salt: users.mark(of: name, role: role), info: Array(name.utf8),
            outputByteCount: 32)
        return Hex.encode(HMAC<SHA256>.authenticationCode(for: Array("\(purpose):\(text)".utf8), using: key))
    }

    // MARK: What a session allows

    private static let csrfHeader = HTTPField.Name("X-CSRF-Token")

    /// Whether somebody who is logged in may make this request.
    /// - Throws: ``APIError`` 403.
    func check(_ request: Request, _ session: Session) throws {
        if [.get, .head, .options].contains(request.method) { return }
        guard session.role == .admin else {
            throw APIError(.forbidden, "'\(session.name)' may look at everything and change nothing")
        }
        let token = Self.csrfHeader.flatMap { request.headers[$0] } ?? ""
        guard constantTimeEqual(Array(token.utf8), Array(session.csrf.utf8)) else {
            throw APIError(
                .forbidden, "X-CSRF-Token is missing or wrong: GET /v1/session tells the one of this session")
        }
    }

    /// Whether the browser came by https, as a proxy in front tells it.
    static func isSecure(_ request: Request) -> Bool {
        let forwarded = HTTPField.Name("X-Forwarded-Proto").flatMap { request.headers[$0] } ?? ""
        return forwarded.lowercased().hasPrefix("https") || request.headers[.origin]?.hasPrefix("https://") == true
    }
}
