/// The tokens of an expression, and the literals that were lifted out of them.
struct Words: Sendable {
    let tokens: [Token]
    let literals: [Literal]

    /// String literals between brackets. `event["id"]` is a path, and a path is part of the shape.
    var pinnedStrings: [Int: String] {
        var pinned: [Int: String] = [:]
        for (place, token) in tokens.enumerated() {
            guard case .literal(let index) = token.kind, isBracketed(place), case .string(let bytes) = literals[index]
            else { continue }
            pinned[index] = String(decoding: bytes, as: UTF8.self)
        }
        return pinned
    }

    private func isBracketed(_ place: Int) -> Bool {
        place > 0 && tokens[place - 1].kind == .symbol(.openBracket) && tokens[place + 1].kind == .symbol(.closeBracket)
    }

    /// What is the same for all expressions that share a program: every word, and of literals the type alone.
    var shape: String {
        // The macros of `cel` read numbers while parsing.
        let readsLiterals = tokens.contains { $0.kind == .name("cel") }
        var shape = ""
        for (place, token) in tokens.enumerated() {
            switch token.kind {
            case .name(let text), .reserved(let text): shape += "\(text) "
            case .quotedName(let text): shape += "`\(text)` "
            case .symbol(let symbol): shape += "\(symbol.rawValue) "
            case .literal(let index):
                shape += literals[index].shape
                if readsLiterals || isBracketed(place) { shape += literals[index].pinnedShape }
                shape += " "
            case .end: break
            }
        }
        return shape
    }
}

extension Literal {
    /// Tells literals apart by value. Text comes with its length, so that it can't pretend to be more words.
    fileprivate var pinnedShape: String {
        switch self {
        case .integer(let value), .unsigned(let value): "\(value)"
        case .double(let value): "\(value.bitPattern)"
        case .string(let bytes): "\(bytes.count):" + String(decoding: bytes, as: UTF8.self)
        case .bytes(let bytes): "\(bytes)"
        }
    }
}
