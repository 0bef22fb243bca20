/// The pages that the links in emails lead to.
enum ArticlePage {
    /// The page of a name. Nil where there is none.
    static func page(named name: String) -> Page? {
        guard let (title, text) = articles[name] else { return nil }
        return Page(
            title: title,
            content: "<section class=\"card narrow\"><h1>\(title)</h1><p>\(text)</p></section>")
    }

    private static let articles: [String: (title: String, text: String)] = [
        "tour": (
            "The tour",
            "Order before noon, duck after. Your click was counted, and a function that waited for it goes on now."
        ),
        "tips": ("All tips", "Paint the tunnel first, then check for trains."),
        "trial": ("The trial", "Two weeks of ACME Pro. The button is beside your outbox."),
        "pro": ("New for you", "Heavier anvils, faster rockets, and a helmet in every box."),
    ]
}
