import AsyncHTTPClient
import Foundation

/// Delivers emails by the HTTP API of Resend.
struct ResendService: DeliveryService {
    /// The origin of the API.
    let url: String
    let apiKey: String

    func deliver(_ mail: OutgoingMail) async throws -> String? {
        var request = HTTPClientRequest(url: "\(url)/emails")
        request.method = .POST
        request.headers.add(name: "authorization", value: "Bearer \(apiKey)")
        request.headers.add(name: "content-type", value: "application/json")
        // Resend remembers it for 24 hours, and sends one email for it.
        request.headers.add(name: "idempotency-key", value: mail.key)
        let body = Body(
            from: "ACME <\(mail.sender)>", to: [mail.recipient.description], subject: mail.subject, html: mail.html,
            text: mail.text)
        request.body = .bytes(try JSONEncoder().encode(body))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let answer = Data(try await response.body.collect(upTo: Self.answerLimit).readableBytesView)
        let status = Int(response.status.code)
        guard (200..<300).contains(status) else { throw Self.refusal(status, answer, of: mail) }
        return try? JSONDecoder().decode(Receipt.self, from: answer).id
    }

    private static func refusal(_ status: Int, _ answer: Data, of mail: OutgoingMail) -> MailError {
        let reason = (try? JSONDecoder().decode(Refusal.self, from: answer).message) ?? "no reason given"
        // 409: the same key is being worked on right now; 429: too many emails at once.
        let mayHelp = status == 409 || status == 429 || status >= 500
        return MailError(
            description: "Resend did not take the email '\(mail.subject)': HTTP \(status), \(reason)",
            isPermanent: !mayHelp)
    }

    private struct Body: Encodable {
        let from: String
        let to: [String]
        let subject: String
        let html: String
        let text: String
    }

    private struct Receipt: Decodable {
        let id: String
    }

    private struct Refusal: Decodable {
        let message: String
    }

    private static let answerLimit = 64 << 10
}
