import Testing

@testable import JSON

/// A small generator with a seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("Random documents")
struct RoundTripTests {
    @Test("Canonical text is a fixed point, and all paths into it are found", arguments: 0..<20 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        for _ in 0..<50 {
            let json = Self.value(depth: 4, &generator)
            #expect(try JSON(parsing: json.bytes) == json)
            for member in json.members {
                #expect(json[member.key] == member.value)
                #expect(json[JSONPath([member.key])] == member.value)
                #expect(try JSON(parsing: member.value.bytes) == member.value)
            }
        }
    }

    @Test("Mutated documents are refused or canonical, and never crash", arguments: 0..<20 as Range<UInt64>)
    func mutation(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        for _ in 0..<100 {
            var bytes = Array(Self.value(depth: 3, &generator).bytes)
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(Array("{}[]\",:\\u0e-.".utf8).randomElement(using: &generator) ?? 0, at: place)
                }
            }
            guard let json = try? JSON(parsing: bytes) else { continue }
            #expect(try JSON(parsing: json.bytes) == json)
        }
    }

    private static func value(depth: Int, _ generator: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .int(Int64.random(in: .min ... .max, using: &generator))
        case 3: return .double(Double(bitPattern: UInt64.random(in: .min ... .max, using: &generator)))
        case 4: return .string(text(&generator))
        case 5:
            let count = Int.random(in: 0..<4, using: &generator)
            return .array((0..<count).map { _ in value(depth: depth - 1, &generator) })
        default:
            let count = Int.random(in: 0..<5, using: &generator)
            return .object((0..<count).map { _ in (text(&generator), value(depth: depth - 1, &generator)) })
        }
    }

    private static func text(_ generator: inout SeededGenerator) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "b", "\"", "\\", "\n", "\u{0}", "\u{7F}", "é", "\u{2028}", "😀", "\u{FB33}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<6, using: &generator) {
            text.append(alphabet.randomElement(using: &generator) ?? "a")
        }
        return String(text)
    }
}
