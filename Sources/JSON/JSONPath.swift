/// A path of object keys, made ready once for many look-ups.
package struct JSONPath: Sendable, Hashable {
    package let keys: [String]
    /// Each key as it stands in canonical text, quotes included.
    private let quotedKeys: [[UInt8]]

    package init(_ keys: [String]) {
        self.keys = keys
        quotedKeys = keys.map { key in
            var quoted: [UInt8] = []
            StringBytes.append(key, to: &quoted)
            return quoted
        }
    }

    /// Finds the value in canonical text, decoding and allocating nothing.
    fileprivate func range(in text: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        var start = 0
        for quoted in quotedKeys {
            guard text[start] == UInt8(ascii: "{"), let value = Self.valueStart(of: quoted, in: text, object: start)
            else { return nil }
            start = value
        }
        return start..<CanonicalText.end(ofValueAt: start, in: text)
    }

    private static func valueStart(of quoted: [UInt8], in text: UnsafeBufferPointer<UInt8>, object: Int) -> Int? {
        var position = object + 1
        while text[position] == UInt8(ascii: "\"") {
            let keyEnd = CanonicalText.end(ofStringAt: position, in: text)
            if keyEnd - position == quoted.count, matches(quoted, text, at: position) { return keyEnd + 1 }
            position = CanonicalText.end(ofValueAt: keyEnd + 1, in: text)
            guard text[position] == UInt8(ascii: ",") else { return nil }
            position += 1
        }
        return nil
    }

    @inline(__always)
    private static func matches(_ quoted: [UInt8], _ text: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        for index in 0..<quoted.count where quoted[index] != text[start + index] { return false }
        return true
    }
}

extension JSON {
    /// The value at a path, if every step of it is an object that has the key.
    package subscript(path: JSONPath) -> JSON? {
        let found = bytes.withUnsafeBufferPointer { path.range(in: $0) }
        guard let found else { return nil }
        return JSON(canonical: bytes[bytes.startIndex + found.lowerBound..<bytes.startIndex + found.upperBound])
    }
}

/// Steps over values of canonical text: valid, and without white space.
enum CanonicalText {
    /// The offset after the string whose opening quote is at `start`.
    @inline(__always)
    static func end(ofStringAt start: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var index = start + 1
        while true {
            index = plainEnd(from: index, in: text)
            let byte = text[index]
            if byte == UInt8(ascii: "\"") { return index + 1 }
            index += byte == UInt8(ascii: "\\") ? 2 : 1
        }
    }

    /// Steps over eight bytes at a time while none of them is a quote or a backslash.
    @inline(__always)
    private static func plainEnd(from start: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        let raw = UnsafeRawBufferPointer(text)
        var index = start
        while index + 8 <= text.count {
            let word = raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            // A byte that is zero borrows from its highest bit, and is found by that.
            let quotes = word ^ 0x2222_2222_2222_2222
            let backslashes = word ^ 0x5C5C_5C5C_5C5C_5C5C
            let ones: UInt64 = 0x0101_0101_0101_0101
            let found = ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes) & 0x8080_8080_8080_8080
            if found != 0 { return index + found.littleEndian.trailingZeroBitCount / 8 }
            index += 8
        }
        return index
    }

    /// The offset after the value that begins at `start`.
    static func end(ofValueAt start: Int, in text: UnsafeBufferPointer<UInt8>) -> Int {
        var index = start
        var depth = 0
        repeat {
            switch text[index] {
            case UInt8(ascii: "\""): index = end(ofStringAt: index, in: text)
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                index += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"): index += 1
            default: while index < text.count, !endsScalar(text[index]) { index += 1 }
            }
        } while depth > 0
        return index
    }

    @inline(__always)
    private static func endsScalar(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]")
    }
}
