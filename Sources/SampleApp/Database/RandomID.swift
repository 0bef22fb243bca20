/// Ids that nobody guesses: they open pages without a password.
enum RandomID {
    /// 128 bits of the system's generator, in 32 hexadecimal digits.
    static func make() -> String {
        (0..<2).map { _ in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
