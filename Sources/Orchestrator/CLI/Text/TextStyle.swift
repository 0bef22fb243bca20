/// What a part of the output means; a terminal with colours shows it, any other does not.
enum TextStyle: String, Sendable {
    case good = "32"
    case bad = "31"
    case busy = "36"
    case waiting = "33"
    case strong = "1"
    case quiet = "2"
}

/// Colours text, or leaves it as it is.
struct Paint: Sendable {
    let isOn: Bool

    static let none = Paint(isOn: false)

    func callAsFunction(_ text: String, _ style: TextStyle?) -> String {
        guard isOn, let style, !text.isEmpty else { return text }
        return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
    }
}
