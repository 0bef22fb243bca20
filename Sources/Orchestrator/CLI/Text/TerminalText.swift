/// Text from elsewhere, made fit for a terminal. Names and outputs come from apps and senders: what would move the
/// cursor, change colours or turn the direction of writing is shown as an escape instead.
enum TerminalText {
    /// The text without anything that a terminal obeys. Line breaks and tabs are escaped too.
    static func safe(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isUnsafe(scalar) { result += escape(scalar) } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    /// As ``safe(_:)``, with line breaks and tabs as single spaces: for messages that run over lines.
    static func oneLine(_ text: String) -> String {
        safe(text.split { $0.isNewline || $0 == "\t" }.joined(separator: " "))
    }

    /// Columns that the text takes on a terminal.
    static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    /// The text cut to a number of columns, with `…` where something is gone.
    static func truncated(_ text: String, to columns: Int) -> String {
        guard head(text[...], columns).endIndex < text.endIndex else { return text }
        guard columns > 0 else { return "" }
        return head(text[...], columns - 1) + "…"
    }

    /// The text cut or filled with spaces to exactly a number of columns.
    static func fitted(_ text: String, to columns: Int, right: Bool = false) -> String {
        let cut = truncated(text, to: columns)
        let fill = String(repeating: " ", count: max(0, columns - width(cut)))
        return right ? fill + cut : cut + fill
    }

    /// The text broken into lines of at most a number of columns, at spaces where there are some.
    static func wrapped(_ text: String, to columns: Int, lines: Int = .max) -> [String] {
        let columns = max(columns, 8)
        var result: [String] = []
        var rest = Substring(text)
        while true {
            let head = head(rest, columns)
            guard head.endIndex < rest.endIndex else {
                return rest.isEmpty && !result.isEmpty ? result : result + [String(rest)]
            }
            guard result.count + 1 < lines else { return result + [truncated(String(rest), to: columns)] }
            let space = head.lastIndex(of: " ") ?? head.startIndex
            let line = space > head.startIndex && rest[head.endIndex] != " " ? head[..<space] : head
            result.append(String(line))
            rest = rest[line.endIndex...].drop { $0 == " " }
        }
    }

    private static func head(_ text: Substring, _ columns: Int) -> Substring {
        var used = 0
        return text.prefix { character in
            used += width(character)
            return used <= columns
        }
    }

    private static func width(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        if scalar.isASCII { return character.unicodeScalars.contains { $0 == "\u{FE0F}" } ? 2 : 1 }
        if character.unicodeScalars.contains(where: { $0 == "\u{FE0F}" || $0.properties.isEmojiPresentation }) {
            return 2
        }
        if wide.contains(where: { $0.contains(scalar.value) }) { return 2 }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: return 1
        }
    }

    /// The blocks of East Asian wide and full-width characters (UAX #11).
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
    ]

    static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
        // Zero-width joiners hold emoji together; every other invisible format character can deceive.
        case .format: scalar != "\u{200D}" && scalar != "\u{00AD}"
        default: false
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\t": "\\t"
        case "\r": "\\r"
        default: "\\u{" + String(scalar.value, radix: 16) + "}"
        }
    }
}
