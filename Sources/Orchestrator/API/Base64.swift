import Foundation

/// Base 64, standard alphabet, with or without padding.
enum Base64 {
    static func decode(_ text: String) -> [UInt8]? {
        let padded = text + String(repeating: "=", count: (4 - text.count % 4) % 4)
        return Data(base64Encoded: padded).map(Array.init)
    }
}
