import JSON
import Testing

@testable import Expressions

/// A short run of random mutations over real expressions: whatever comes out is refused or evaluated, never a crash.
@Suite("Random mutations")
struct MutationTests {
    static let corpus = [
        #"event.data.plan == "pro" && event.data.total > 10"#, "event.data.items.exists(i, i.count > 1) ? 1u : -2.5e3",
        "event.data.name.matches('^(a|b)*[c-f]{2,3}\\\\d$')", "[1, 2, 3].map(x, x * 2).filter(y, y in [2, 4u, 6.0])",
        "{'a': 1, ?'b': event.?data.?x}.transformMap(k, v, k + string(v))", "cel.bind(a, [1], a + a)[?0].orValue(7)",
        "'%s %d %.3f %x'.format([event, 12, 1.5, b'\\xff'])", "date(event.ts).getHours('Europe/Berlin') - 3 % 2",
        "event.data.text.split(' ', 3).join('-').substring(1, 4).replace('a', 'bb', 2).trim()",
        "math.greatest(1, 2.5, 3u) >= math.bitShiftLeft(1, 70)", "has(event.data.`a-b`) || !(timestamp(0) < now())",
        "ip('::1').isLoopback() && cidr('10.0.0.0/8').containsIP('10.1.1.1')",
        "json_parse(b64decode('eyJhIjoxfQ==')).a",
        "async.data.id == event.data.id && async.data.n in [1, 2.0, \"x\", null]", "r'\\\\' + \"\"\"a\nb\"\"\" // end",
    ]

    static let event: JSON = [
        "ts": 1_764_000_000_000,
        "data": ["plan": "pro", "name": "abcde1", "total": 12, "text": "a b c d", "items": [1]],
    ]

    @Test("Compiled or refused, evaluated or failed", arguments: 0..<32 as Range<UInt64>)
    func mutate(seed: UInt64) {
        var generator = SeededGenerator(state: seed)
        var compiled = 0
        for _ in 0..<150 {
            var bytes = Array((Self.corpus.randomElement(using: &generator) ?? "").utf8)
            for _ in 0..<Int.random(in: 0...3, using: &generator) { mutate(&bytes, &generator) }
            let source = String(decoding: bytes, as: UTF8.self)
            for mode in [Expression.Mode.dialect, .strict] {
                guard let expression = try? Expression.compile(source, mode: mode) else { continue }
                compiled += 1
                _ = try? expression.matches(event: Self.event, async: Self.event, now: 0)
                _ = try? expression.value(event: Self.event, async: nil, now: .max)
                _ = expression.requirements(event: Self.event)
                _ = try? expression.fixing(event: Self.event)
            }
        }
        #expect(compiled > 0)
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1 where place < bytes.count: bytes.removeSubrange(place..<min(bytes.count, place + 3))
        case 2:
            let other = Array((Self.corpus.randomElement(using: &generator) ?? "").utf8)
            let start = Int.random(in: 0..<other.count, using: &generator)
            bytes.insert(contentsOf: other[start...].prefix(Int.random(in: 1...20, using: &generator)), at: place)
        case 3:
            bytes.insert(Array("()[]{}.,?:'\"\\+-*/%!&|<>=0u e".utf8).randomElement(using: &generator) ?? 0, at: place)
        default: bytes.insert(contentsOf: Array("9223372036854775807".utf8), at: place)
        }
    }
}
