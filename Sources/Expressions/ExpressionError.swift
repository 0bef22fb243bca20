/// Why an expression was refused or its evaluation stopped, and where.
package struct ExpressionError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, in one sentence without a full stop.
    package var reason: String { details.reason }
    /// What would have been right at this place, where that can be said.
    package var expected: String? { details.expected }
    /// From 1.
    package var line: Int { details.place.line }
    /// In characters, from 1.
    package var column: Int { details.place.column }
    /// The line at fault and a caret under the column, as two lines of text.
    package var rendering: String { details.place.rendering }

    /// In one word, because the recursive parser keeps room for it at each call that may throw.
    private let details: Details

    private final class Details: Sendable {
        let reason: String
        let expected: String?
        let place: SourcePlace

        init(reason: String, expected: String?, place: SourcePlace) {
            (self.reason, self.expected, self.place) = (reason, expected, place)
        }
    }

    init(_ reason: String, expected: String? = nil, in source: String, at offset: Int) {
        details = Details(reason: reason, expected: expected, place: SourcePlace(offset: offset, in: source))
    }

    package var description: String {
        let hint = expected.map { "; expected \($0)" } ?? ""
        return "\(reason)\(hint) (line \(line), column \(column))\n\(rendering)"
    }

    package static func == (left: ExpressionError, right: ExpressionError) -> Bool {
        left.description == right.description
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// A byte offset as a person sees it.
private struct SourcePlace: Sendable {
    var line = 1
    var column: Int
    var rendering: String

    /// Characters shown on either side of the caret, so that a long line stays readable.
    private static let shown = 60

    init(offset: Int, in source: String) {
        let bytes = Array(source.utf8)
        let end = min(max(offset, 0), bytes.count)
        let lineStart = bytes[..<end].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let lineEnd = bytes[end...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        line += bytes[..<end].count { $0 == UInt8(ascii: "\n") }
        let before = Array(String(decoding: bytes[lineStart..<end], as: UTF8.self))
        let after = Array(String(decoding: bytes[end..<lineEnd], as: UTF8.self))
        column = before.count + 1
        let (left, right) = (before.suffix(Self.shown), after.prefix(Self.shown))
        let cutLeft = left.count < before.count ? "…" : ""
        let cutRight = right.count < after.count ? "…" : ""
        let text = (cutLeft + String(left) + String(right) + cutRight).map { $0.isNewline || $0 == "\t" ? " " : $0 }
        rendering = String(text) + "\n" + String(repeating: " ", count: cutLeft.count + left.count) + "^"
    }
}
