/// An address that an email can be sent to: plain ASCII, and nothing in it that could end a header line.
struct EmailAddress: Hashable, Sendable, LosslessStringConvertible {
    let description: String

    /// Checks the form of an address. Whether somebody reads there, only an email can tell.
    init?(_ text: String) {
        guard text.utf8.count <= 254 else { return nil }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, (1...64).contains(parts[0].utf8.count), Self.isLocalPart(parts[0]) else { return nil }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy(Self.isLabel) else { return nil }
        description = "\(parts[0])@\(parts[1].lowercased())"
    }

    private static func isLocalPart(_ text: Substring) -> Bool {
        let dots = text.hasPrefix(".") || text.hasSuffix(".") || text.contains("..")
        return !dots && text.utf8.allSatisfy { isAlphanumeric($0) || "!#$%&'*+/=?^_`{|}~.-".utf8.contains($0) }
    }

    private static func isLabel(_ text: Substring) -> Bool {
        (1...63).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasSuffix("-")
            && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}

extension EmailAddress: Codable {
    /// Reads an address, and takes no other text.
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let address = EmailAddress(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "this is no email address")
        }
        self = address
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
