/// A 128-bit id that sorts by the millisecond it was made in, written as 26 characters of Crockford's base 32.
package struct ULID: Hashable, Comparable, Sendable, CustomStringConvertible, LosslessStringConvertible {
    package let value: UInt128

    package init(_ value: UInt128) {
        self.value = value
    }

    /// - Parameters:
    ///   - time: the leading 48 bits.
    ///   - random: the trailing 80 bits; higher ones are dropped.
    package init(time: Timestamp, random: UInt128) {
        let milliseconds = UInt128(UInt64(clamping: time.milliseconds) & 0xFFFF_FFFF_FFFF)
        self.init(milliseconds << 80 | random & Self.randomMask)
    }

    /// Reads the text form; upper and lower case are the same.
    package init?(_ text: String) {
        guard text.utf8.count == 26 else { return nil }
        var value: UInt128 = 0
        for (index, byte) in text.utf8.enumerated() {
            let digit = Self.digits[Int(byte)]
            // 26 digits hold 130 bits: the first may not use its upper two.
            guard digit < 32, index > 0 || digit < 8 else { return nil }
            value = value << 5 | UInt128(digit)
        }
        self.init(value)
    }

    /// When it was made.
    package var time: Timestamp { Timestamp(milliseconds: Int64(value >> 80)) }

    package var description: String {
        String(unsafeUninitializedCapacity: 26) { buffer in
            var rest = value
            for index in stride(from: 25, through: 0, by: -1) {
                buffer[index] = Self.alphabet[Int(rest & 31)]
                rest >>= 5
            }
            return 26
        }
    }

    /// The same bits in the form of a UUID, for those who expect one.
    package var uuid: String {
        let digits = String(value, radix: 16)
        var text = String(repeating: "0", count: 32 - digits.count) + digits
        for place in [20, 16, 12, 8] { text.insert("-", at: text.index(text.startIndex, offsetBy: place)) }
        return text
    }

    package static func < (left: ULID, right: ULID) -> Bool { left.value < right.value }

    static let randomMask: UInt128 = (1 << 80) - 1
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let digits: [UInt8] = {
        var table = [UInt8](repeating: 255, count: 256)
        for (digit, byte) in alphabet.enumerated() {
            table[Int(byte)] = UInt8(digit)
            table[Int(byte | 0x20)] = UInt8(digit)
        }
        return table
    }()
}

/// Makes ULIDs that rise strictly, also within a millisecond and when the clock is set back.
package struct ULIDSource: Sendable {
    private var generator: any RandomNumberGenerator & Sendable
    private var last = ULID(0)

    /// - Parameter generator: where the random bits come from; a seeded one gives the same ids again.
    package init(generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.generator = generator
    }

    package mutating func next(at time: Timestamp) -> ULID {
        if time > last.time {
            let (high, low) = (generator.next() as UInt64, generator.next() as UInt64)
            last = ULID(time: time, random: UInt128(high) << 64 | UInt128(low))
        } else {
            last = ULID(last.value + 1)
        }
        return last
    }

    /// A number in `range` from the same source of randomness.
    package mutating func random(in range: ClosedRange<Int64>) -> Int64 {
        Int64.random(in: range, using: &generator)
    }
}
