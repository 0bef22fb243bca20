import CSodium

/// libsodium's secretbox under a key that is made from a text.
struct SecretBox: Sendable {
    private let key: [UInt8]

    /// Whether libsodium can be used. It must have been asked before anything else is.
    static let isReady = sodium_init() >= 0

    private static let nonceSize = Int(crypto_secretbox_NONCEBYTES)
    private static let tagSize = Int(crypto_secretbox_MACBYTES)

    /// The key is the text's BLAKE2b hash of 32 bytes.
    init(_ text: String) {
        _ = Self.isReady
        let text = Array(text.utf8)
        var key = [UInt8](repeating: 0, count: Int(crypto_secretbox_KEYBYTES))
        crypto_generichash(&key, key.count, text, UInt64(text.count), nil, 0)
        self.key = key
    }

    /// A random nonce, and behind it the sealed bytes.
    func seal(_ bytes: [UInt8]) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: Self.nonceSize)
        randombytes_buf(&nonce, nonce.count)
        var sealed = [UInt8](repeating: 0, count: bytes.count + Self.tagSize)
        crypto_secretbox_easy(&sealed, bytes, UInt64(bytes.count), nonce, key)
        return nonce + sealed
    }

    /// What ``seal(_:)`` was given; nil where another key sealed it, or it was changed.
    func open(_ box: [UInt8]) -> [UInt8]? {
        guard box.count >= Self.nonceSize + Self.tagSize else { return nil }
        let sealed = Array(box[Self.nonceSize...])
        var bytes = [UInt8](repeating: 0, count: sealed.count - Self.tagSize)
        guard crypto_secretbox_open_easy(&bytes, sealed, UInt64(sealed.count), box, key) == 0 else { return nil }
        return bytes
    }
}
