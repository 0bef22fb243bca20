/// An IPv4 or IPv6 address.
struct IPAddress: Hashable, Sendable {
    let isV4: Bool
    /// The 128 bits; those of IPv4 are the lowest 32.
    let high: UInt64
    let low: UInt64

    var bitCount: Int { isV4 ? 32 : 128 }

    private init(v4 bits: UInt64) { (isV4, high, low) = (true, 0, bits) }

    init(isV4: Bool, high: UInt64, low: UInt64) { (self.isV4, self.high, self.low) = (isV4, high, low) }

    init(_ text: Text) throws(Fault) {
        let string = text.string
        func fault(_ reason: String) -> Fault { Fault("'\(string.prefix(60))' \(reason)") }
        if string.contains("%") { throw fault("has a zone, which an address here can't have") }
        if !string.contains(":") {
            guard let bits = Self.v4(string) else { throw fault("is no IP address") }
            self.init(v4: bits)
            return
        }
        if string.contains(".") { throw fault("is an IPv4 address in IPv6; write it as IPv4") }
        guard let (high, low) = Self.v6(string) else { throw fault("is no IP address") }
        self.init(isV4: false, high: high, low: low)
    }

    private static func v4(_ string: String) -> UInt64? {
        let parts = string.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt64 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ $0 &- 48 < 10 }), let byte = UInt8(part),
                part.utf8.count == 1 || part.first != "0"
            else { return nil }
            bits = bits << 8 | UInt64(byte)
        }
        return bits
    }

    private static func v6(_ string: String) -> (UInt64, UInt64)? {
        let halves = string.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        var groups: [[UInt64]] = []
        for half in halves {
            guard let parsed = Self.groups(half) else { return nil }
            groups.append(parsed)
        }
        if groups.count == 2 {
            let zeros = 8 - groups[0].count - groups[1].count
            guard zeros >= 1 else { return nil }
            groups[0] += Array(repeating: 0, count: zeros) + groups[1]
        }
        guard groups[0].count == 8 else { return nil }
        let value = groups[0].reduce((UInt64(0), UInt64(0))) { ($0.0 << 16 | $0.1 >> 48, $0.1 << 16 | $1) }
        return value
    }

    private static func groups(_ text: Substring) -> [UInt64]? {
        if text.isEmpty { return [] }
        var groups: [UInt64] = []
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard (1...4).contains(part.utf8.count), part.first != "+", let group = UInt64(part, radix: 16) else {
                return nil
            }
            groups.append(group)
        }
        return groups
    }

    /// As RFC 5952 writes it.
    var text: String {
        if isV4 { return [24, 16, 8, 0].map { String(low >> UInt64($0) & 0xFF) }.joined(separator: ".") }
        let groups = (0..<8).map { group in (half(group) >> UInt64(48 - group % 4 * 16)) & 0xFFFF }
        var (best, bestLength, run) = (0, 1, 0)
        for (index, group) in groups.enumerated() {
            run = group == 0 ? run + 1 : 0
            if run > bestLength { (best, bestLength) = (index - run + 1, run) }
        }
        func joined(_ part: ArraySlice<UInt64>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if bestLength < 2 { return joined(groups[...]) }
        return joined(groups[..<best]) + "::" + joined(groups[(best + bestLength)...])
    }

    private func half(_ group: Int) -> UInt64 { group < 4 ? high : low }

    // MARK: What kind of address

    /// The IPv4 address inside an IPv6 one, where it is a mapped one.
    private var unmapped: IPAddress {
        !isV4 && high == 0 && low >> 32 == 0xFFFF ? IPAddress(v4: low & 0xFFFF_FFFF) : self
    }

    static func == (left: IPAddress, right: IPAddress) -> Bool {
        let (l, r) = (left.unmapped, right.unmapped)
        return l.isV4 == r.isV4 && l.high == r.high && l.low == r.low
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(unmapped.high)
        hasher.combine(unmapped.low)
    }

    var isUnspecified: Bool { high == 0 && low == 0 }
    var isLoopback: Bool { isV4 ? low >> 24 == 127 : high == 0 && low == 1 }
    var isMulticast: Bool { isV4 ? low >> 28 == 0xE : high >> 56 == 0xFF }
    var isLinkLocalMulticast: Bool { isV4 ? low >> 8 == 0xE00000 : high >> 48 & 0xFF0F == 0xFF02 }
    var isLinkLocalUnicast: Bool { isV4 ? low >> 16 == 0xA9FE : high >> 54 == 0x3FA }
    var isGlobalUnicast: Bool {
        !isUnspecified && !isLoopback && !isMulticast && !isLinkLocalUnicast && !(isV4 && low == 0xFFFF_FFFF)
    }
}

/// A network in CIDR notation.
struct IPNetwork: Hashable, Sendable {
    let address: IPAddress
    let prefixLength: Int

    init(address: IPAddress, prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }

    init(_ text: Text) throws(Fault) {
        let fault = Fault("'\(text.string.prefix(60))' is no network such as '10.0.0.0/8'")
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { throw fault }
        let digits = String(decoding: text.utf8[(slash + 1)...], as: UTF8.self)
        let address = try IPAddress(Text(utf8: text.utf8[..<slash]))
        guard (1...3).contains(digits.utf8.count), digits.utf8.allSatisfy({ $0 &- 48 < 10 }),
            let length = Int(digits), length <= address.bitCount
        else { throw fault }
        self.init(address: address, prefixLength: length)
    }

    var text: String { "\(address.text)/\(prefixLength)" }

    /// With the bits beyond the prefix cleared.
    var masked: IPNetwork {
        let free = UInt64(address.bitCount - prefixLength)
        let high = free >= 64 ? address.high & (free >= 128 ? 0 : ~0 << (free - 64)) : address.high
        let low = free >= 64 ? 0 : address.low & (~0 << free)
        return IPNetwork(
            address: IPAddress(isV4: address.isV4, high: high, low: low), prefixLength: prefixLength)
    }

    func contains(_ other: IPAddress) -> Bool {
        other.isV4 == address.isV4
            && IPNetwork(address: other, prefixLength: prefixLength).masked.address == masked.address
    }

    func contains(_ other: IPNetwork) -> Bool {
        other.prefixLength >= prefixLength && contains(other.address)
    }
}
