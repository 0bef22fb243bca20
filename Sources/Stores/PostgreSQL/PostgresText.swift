#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// PostgreSQL's text holds every character but U+0000. Names and labels come from elsewhere and may have one: it is
/// written as U+FDD0 `0`, and U+FDD0, which Unicode keeps for uses like this one, as U+FDD0 `1`.
enum PostgresText {
    private static let mark: [UInt8] = [0xEF, 0xB7, 0x90]

    /// Adds the stored form of a text to a buffer.
    static func append(_ text: String, to buffer: inout [UInt8]) {
        var text = text
        text.withUTF8 { bytes in
            guard needsEscapes(bytes) else { return buffer.append(contentsOf: bytes) }
            var rest = bytes[...]
            while let byte = rest.first {
                if byte == 0 {
                    buffer += mark + [UInt8(ascii: "0")]
                    rest.removeFirst()
                } else if rest.starts(with: mark) {
                    buffer += mark + [UInt8(ascii: "1")]
                    rest.removeFirst(mark.count)
                } else {
                    buffer.append(byte)
                    rest.removeFirst()
                }
            }
        }
    }

    /// Reads the stored form.
    static func read(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        guard holdsMark(bytes) else { return String(decoding: bytes, as: UTF8.self) }
        var plain: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.first {
            if rest.starts(with: mark), let kind = rest.dropFirst(mark.count).first {
                plain += kind == UInt8(ascii: "0") ? [0] : mark
                rest.removeFirst(mark.count + 1)
            } else {
                plain.append(byte)
                rest.removeFirst()
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static func needsEscapes(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let start = bytes.baseAddress else { return false }
        return memchr(start, 0, bytes.count) != nil || holdsMark(bytes)
    }

    private static func holdsMark(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard var place = bytes.baseAddress else { return false }
        let end = place + bytes.count
        while let found = memchr(place, Int32(mark[0]), end - place) {
            place = UnsafePointer(found.assumingMemoryBound(to: UInt8.self))
            if end - place >= mark.count, place[1] == mark[1], place[2] == mark[2] { return true }
            place += 1
        }
        return false
    }
}
