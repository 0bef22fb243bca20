import CCurl
import Dispatch
import Foundation

/// Delivers emails to an SMTP server, by libcurl.
struct SMTPService: DeliveryService {
    let server: Server
    // libcurl blocks its thread, so that must be none of Swift's.
    private let queue = DispatchQueue(label: "acme.smtp", attributes: .concurrent)

    /// An SMTP server and how to sign in there.
    struct Server: Hashable, Sendable {
        /// `smtp://host:587` (TLS by STARTTLS) or `smtps://host:465`.
        let url: String
        var username: String?
        var password: String?
        /// Whether an email may only travel encrypted. On this machine it may travel in the clear.
        let requiresTLS: Bool
    }

    init(server: Server) {
        self.server = server
    }

    func deliver(_ mail: OutgoingMail) async throws -> String? {
        let message = MIMEMessage.encode(mail, date: Date())
        let server = server
        return try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result { try Self.hand(message, of: mail, to: server) })
            }
        }
    }

    private static func hand(_ message: [UInt8], of mail: OutgoingMail, to server: Server) throws -> String? {
        var outcome = ccurl_send_mail(
            server.url, server.username, server.password, mail.sender.description, mail.recipient.description, message,
            message.count, server.requiresTLS, timeoutInSeconds)
        if outcome.code == 0 { return nil }
        let capacity = MemoryLayout.size(ofValue: outcome.reason)
        let reason = withUnsafePointer(to: &outcome.reason) {
            $0.withMemoryRebound(to: CChar.self, capacity: capacity) { String(cString: $0) }
        }
        throw MailError(
            description: "\(server.url) did not take the email '\(mail.subject)': \(reason) (reply \(outcome.reply))",
            isPermanent: (500..<600).contains(outcome.reply))
    }

    private static let timeoutInSeconds = 60
}
