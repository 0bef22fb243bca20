/// An email as a delivery service takes it.
struct OutgoingMail: Hashable, Sendable {
    /// What makes it one email, however often it is handed over.
    let key: String
    let sender: EmailAddress
    let recipient: EmailAddress
    let subject: String
    let text: String
    let html: String

    /// Renders an email of the outbox, with links that count clicks.
    init(_ email: StoredEmail, from sender: EmailAddress, baseURL: String) {
        key = email.record.id
        self.sender = sender
        recipient = email.record.recipient
        subject = email.record.subject
        let links = email.links.map { (label: $0.label, url: "\(baseURL)/click/\($0.token)") }
        text = (email.record.paragraphs + links.map { "\($0.label): \($0.url)" }).joined(separator: "\n\n") + "\n"
        let page: HTML = """
            <!doctype html><html lang="en"><body>\(email.record.paragraphs.map { "<p>\($0)</p>" as HTML })\
            \(links.map { "<p><a href=\"\($0.url)\">\($0.label)</a></p>" as HTML })</body></html>
            """
        html = page.text
    }
}
