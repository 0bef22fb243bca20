/// Why an expression was refused or its evaluation stopped, and where.
package struct ExpressionError: Error, Hashable, CustomStringConvertible {
    /// What is wrong, in one sentence without a full stop.
    package let reason: String
    /// What would have been right at this place, where that can be said.
    package let expected: String?
    /// From 1.
    package let line: Int
    /// In characters, from 1.
    package let column: Int
    /// The line at fault and a caret under the column, as two lines of text.
    package let rendering: String

    init(_ reason: String, expected: String? = nil, in source: String, at offset: Int) {
        self.reason = reason
        self.expected = expected
        let place = SourcePlace(offset: offset, in: source)
        line = place.line
        column = place.column
        rendering = place.rendering
    }

    package var description: String {
        let hint = expected.map { "; expected \($0)" } ?? ""
        return "\(reason)\(hint) (line \(line), column \(column))\n\(rendering)"
    }
}

/// A byte offset as a person sees it.
private struct SourcePlace {
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
