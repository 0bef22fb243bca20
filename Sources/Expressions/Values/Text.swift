/// A string as its UTF-8. It may be a part of the stored JSON: comparing it creates nothing.
struct Text: Sendable, Hashable {
    let utf8: ArraySlice<UInt8>

    /// Takes bytes that are known to be UTF-8.
    init(utf8: ArraySlice<UInt8>) {
        self.utf8 = utf8
    }

    init(_ string: String) {
        utf8 = Array(string.utf8)[...]
    }

    var string: String { String(decoding: utf8, as: UTF8.self) }

    var scalars: String.UnicodeScalarView { string.unicodeScalars }

    /// Unicode code points, which is what CEL counts.
    var count: Int { utf8.count { $0 & 0xC0 != 0x80 } }

    static func == (left: Text, right: Text) -> Bool {
        left.utf8.withUnsafeBufferPointer { l in
            right.utf8.withUnsafeBufferPointer { r in
                guard l.count == r.count else { return false }
                for index in 0..<l.count where l[index] != r[index] { return false }
                return true
            }
        }
    }

    func hash(into hasher: inout Hasher) {
        utf8.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    func hasPrefix(_ prefix: Text) -> Bool { utf8.starts(with: prefix.utf8) }

    func hasSuffix(_ suffix: Text) -> Bool { utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }

    func contains(_ other: Text) -> Bool { firstOffset(of: other, from: utf8.startIndex) != nil }

    /// The offset of the first occurrence at or after `start`.
    func firstOffset(of other: Text, from start: Int) -> Int? {
        guard let first = other.utf8.first else { return start }
        let count = other.utf8.count
        var position = start
        while position + count <= utf8.endIndex {
            guard let candidate = utf8[position...].firstIndex(of: first), candidate + count <= utf8.endIndex else {
                return nil
            }
            if utf8[candidate..<candidate + count].elementsEqual(other.utf8) { return candidate }
            position = candidate + 1
        }
        return nil
    }

    static func < (left: Text, right: Text) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
}
