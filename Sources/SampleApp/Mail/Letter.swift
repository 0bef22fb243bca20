/// What an email says: paragraphs, and links below them.
struct Letter: Hashable, Sendable {
    let subject: String
    let paragraphs: [String]
    var links: [Link] = []

    /// A link to one of ACME's pages. Its clicks are counted.
    struct Link: Hashable, Sendable {
        let label: String
        /// The path of the page.
        let target: String
    }
}
