import Foundation

/// The emails that were sent to an address, as a page.
enum MailboxPage {
    /// A user's outbox: the emails, and what the user can do.
    static func page(of user: User, emails: [StoredEmail]) -> Page {
        Page(
            title: "Outbox of \(user.name)",
            content: """
                <h1>Hello, \(user.name)</h1>
                <p class="lead">\(user.email) <span class="plan \(user.plan.rawValue)">\(user.plan.rawValue)</span></p>
                \(OutboxActions.section(for: user))
                <h2>Emails to you</h2>
                \(list(emails))
                """)
    }

    /// The mailbox of ACME's own people.
    static func page(ofTeam address: EmailAddress, emails: [StoredEmail]) -> Page {
        Page(
            title: "The team's mailbox",
            content: """
                <h1>The team's mailbox</h1>
                <p class="lead">\(address)</p>
                \(list(emails))
                """)
    }

    private static func list(_ emails: [StoredEmail]) -> HTML {
        if emails.isEmpty { return "<p class=\"empty\">Nothing yet. Reload the page in a moment.</p>" }
        return "\(emails.map(article))"
    }

    private static func article(_ email: StoredEmail) -> HTML {
        """
        <article class="card email" id="\(email.record.id)">
        <h3>\(email.record.subject)</h3>
        \(time(email.record.sentAt))
        \(email.record.paragraphs.map { "<p>\($0)</p>\n" as HTML })\(email.links.map(link))</article>

        """
    }

    private static func time(_ sentAt: Date?) -> HTML {
        guard let sentAt else { return "<p class=\"meta\">being delivered</p>" }
        let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space).year().month().day()
            .time(includingFractionalSeconds: false)
        return """
            <p class="meta"><time datetime="\(sentAt.ISO8601Format())">\(sentAt.formatted(style)) UTC</time></p>
            """
    }

    private static func link(_ link: LinkRecord) -> HTML {
        """
        <p class="link"><a href="/click/\(link.token)">\(link.label)</a> \
        <span class="clicks">\(link.clicks == 1 ? "1 click" : "\(link.clicks) clicks")</span></p>

        """
    }
}
