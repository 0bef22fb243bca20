import JSON

/// JSON for people and for programs.
enum JSONText {
    /// One line, for programs. What a terminal would obey is escaped, which means the same in JSON.
    static func document(_ json: JSON) -> String { escaped(json.text) }

    /// Indented, for people.
    /// - Parameters:
    ///   - limit: lines to show; the rest is counted in a note.
    ///   - width: columns to show of each line; nil for all.
    static func lines(_ json: JSON, limit: Int = .max, width: Int? = nil) -> [String] {
        var writer = IndentingWriter()
        writer.write(json, depth: 0)
        return bounded(writer.finished(), limit: limit, width: width)
    }

    /// Cuts lines that are too many or too long, and says so.
    static func bounded(_ lines: [String], limit: Int, width: Int?) -> [String] {
        var shown = lines.prefix(limit).map { line in width.map { TerminalText.truncated(line, to: $0) } ?? line }
        let hidden = lines.count - shown.count
        if hidden > 0 {
            shown.append("… \(hidden) more \(hidden == 1 ? "line" : "lines"); all of it: --full or --json")
        }
        return shown
    }

    /// In canonical text, characters beyond ASCII stand in strings only, so that an escape is always possible.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: TerminalText.isUnsafe) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if TerminalText.isUnsafe(scalar) {
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// Writes JSON with one member or element a line.
private struct IndentingWriter {
    private var lines: [String] = []
    private var current = ""

    mutating func write(_ json: JSON, depth: Int) {
        switch json.kind {
        case .object where json.members.contains(where: { _ in true }):
            open("{", depth)
            for (index, member) in json.members.enumerated() {
                if index > 0 { separate(depth) }
                current += JSONText.escaped(String(decoding: member.quotedKey, as: UTF8.self)) + ": "
                write(member.value, depth: depth + 1)
            }
            close("}", depth)
        case .array where json.elements.contains(where: { _ in true }):
            open("[", depth)
            for (index, element) in json.elements.enumerated() {
                if index > 0 { separate(depth) }
                write(element, depth: depth + 1)
            }
            close("]", depth)
        default: current += JSONText.escaped(json.text)
        }
    }

    func finished() -> [String] { lines + [current] }

    private mutating func open(_ bracket: String, _ depth: Int) {
        current += bracket
        newLine(depth + 1)
    }

    private mutating func separate(_ depth: Int) {
        current += ","
        newLine(depth + 1)
    }

    private mutating func close(_ bracket: String, _ depth: Int) {
        newLine(depth)
        current += bracket
    }

    private mutating func newLine(_ depth: Int) {
        lines.append(current)
        current = String(repeating: "  ", count: depth)
    }
}
