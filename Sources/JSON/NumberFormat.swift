/// ECMAScript's `Number.prototype.toString`, which RFC 8785 asks for.
enum NumberFormat {
    /// Appends a finite double.
    static func write(_ value: Double, to output: inout [UInt8]) {
        if value == 0 {
            output.append(UInt8(ascii: "0"))
            return
        }
        if value < 0 { output.append(UInt8(ascii: "-")) }
        let (digits, exponent) = shortestDigits(abs(value))
        layOut(digits, pointAt: exponent, to: &output)
    }

    /// The shortest digits that round-trip, and the place of the decimal point: value = 0.DIGITS × 10^exponent.
    private static func shortestDigits(_ value: Double) -> (digits: [UInt8], exponent: Int) {
        // Swift's description is shortest round-trip, as ECMAScript's; only its layout differs.
        var mantissa: [UInt8] = []
        var point: Int?
        var exponent = 0
        let text = Array(value.description.utf8)
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: ".") {
                point = mantissa.count
            } else if byte == UInt8(ascii: "e") {
                exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
                break
            } else {
                mantissa.append(byte)
            }
        }
        exponent += point ?? mantissa.count
        let leadingZeros = mantissa.prefix { $0 == UInt8(ascii: "0") }.count
        mantissa.removeFirst(leadingZeros)
        exponent -= leadingZeros
        while mantissa.last == UInt8(ascii: "0") { mantissa.removeLast() }
        return (mantissa, exponent)
    }

    private static func layOut(_ digits: [UInt8], pointAt n: Int, to output: inout [UInt8]) {
        let (k, zero, point) = (digits.count, UInt8(ascii: "0"), UInt8(ascii: "."))
        if k <= n && n <= 21 {
            output.append(contentsOf: digits)
            output.append(contentsOf: repeatElement(zero, count: n - k))
        } else if 0 < n && n <= 21 {
            output.append(contentsOf: digits[..<n])
            output.append(point)
            output.append(contentsOf: digits[n...])
        } else if -6 < n && n <= 0 {
            output.append(contentsOf: [zero, point])
            output.append(contentsOf: repeatElement(zero, count: -n))
            output.append(contentsOf: digits)
        } else {
            output.append(digits[0])
            if k > 1 {
                output.append(point)
                output.append(contentsOf: digits[1...])
            }
            output.append(UInt8(ascii: "e"))
            output.append(n > 0 ? UInt8(ascii: "+") : UInt8(ascii: "-"))
            output.append(contentsOf: String(abs(n - 1)).utf8)
        }
    }
}
