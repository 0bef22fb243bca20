import Crypto

/// The id of a step on the wire: the lower-case hex SHA-1 of the app developer's id.
package struct StepID: Hashable, Sendable, CustomStringConvertible {
    package let hash: String

    /// Takes an id as it came over the wire.
    package init(hash: String) {
        self.hash = hash
    }

    /// Hashes an app developer's id.
    /// - Parameter repetition: 0 for the first use of the id in a run, n for its nth repeat.
    package init(_ id: String, repetition: Int = 0) {
        let text = repetition == 0 ? id : "\(id):\(repetition)"
        self.init(hash: Hex.encode(Insecure.SHA1.hash(data: Array(text.utf8))))
    }

    package var description: String { hash }

    /// The id under which an app that checkpoints reports that its function returned.
    package static let runComplete = StepID("complete")
}

/// Lower-case hexadecimal.
package enum Hex {
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for an odd count or a character that is no digit.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: characters.count, by: 2) {
            let pair = String(decoding: characters[index..<index + 2], as: UTF8.self)
            guard pair.utf8.first != UInt8(ascii: "+"), let byte = UInt8(pair, radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
