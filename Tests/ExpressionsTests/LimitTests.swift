import Foundation
import JSON
import Synchronization
import Testing

@testable import Expressions

@Suite("Everything is bounded")
struct LimitTests {
    @Test(
        "Deep nesting is refused",
        arguments: [
            String(repeating: "(", count: 100_000), String(repeating: "[", count: 5_000),
            String(repeating: "!", count: 50_000) + "true", String(repeating: "-", count: 50_000) + "event.n",
            String(repeating: "{1:", count: 5_000), "event" + String(repeating: "[0]", count: 5_000),
            "event" + String(repeating: ".f()", count: 5_000), "1" + String(repeating: "+1", count: 5_000),
            String(repeating: "true ? 1 : ", count: 3_000) + "2",
            String(repeating: "[1].map(x, ", count: 2_000) + "x" + String(repeating: ")", count: 2_000),
        ])
    func nesting(source: String) {
        #expect(throws: ExpressionError.self) { try Expression.compile(source) }
    }

    @Test("Long chains of && and || are not deep")
    func chains() throws {
        let source = (0..<2_000).map { "event.n == \($0)" }.joined(separator: " || ")
        #expect(try Expression.compile(source).matches(event: ["n": 1_999], now: 0))
    }

    @Test("The deepest expressions fit a small stack")
    func stack() throws {
        let depth = Limits.nesting - 2
        let sources = [
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + " == [1]",
            String(repeating: "(event.n + ", count: depth) + "1" + String(repeating: ")", count: depth),
            String(repeating: "!", count: depth) + "true",
            String(repeating: "lowercase(", count: depth) + "'x'" + String(repeating: ")", count: depth),
            String(repeating: "[1].map(x, ", count: depth) + "x" + String(repeating: ")", count: depth),
            "1" + String(repeating: " + 1", count: Limits.treeDepth - 1),
        ]
        let finished = DispatchSemaphore(value: 0)
        let box = OutcomeBox()
        let thread = Thread {
            for source in sources {
                do {
                    _ = try Expression.compile(source).value(event: ["n": 1], now: 0)
                } catch {
                    box.add("\(source.prefix(20)): \(error)")
                }
            }
            finished.signal()
        }
        thread.stackSize = 512 * 1024
        thread.start()
        finished.wait()
        #expect(box.failures == [])
    }

    final class OutcomeBox: Sendable {
        private let state = Mutex<[String]>([])
        var failures: [String] { state.withLock { $0 } }
        func add(_ failure: String) { state.withLock { $0.append(failure) } }
    }

    @Test("A long text is refused")
    func length() {
        let source = "'" + String(repeating: "x", count: Limits.sourceBytes) + "'"
        #expect(throws: ExpressionError.self) { try Expression.compile(source) }
    }

    @Test(
        "Work and memory run out, and nothing hides it",
        arguments: [
            "event.l.map(a, event.l.map(b, event.l.map(c, a)))",
            "event.l.all(a, event.l.all(b, event.l.all(c, true)))",
            "event.l.all(a, event.l.all(b, event.l.all(c, true))) || true",
            "event.l.map(a, event.text + event.text)",
            "event.l.map(a, uppercase(event.text))",
            "event.l.exists(a, event.text.matches('(x+x+)+y'))",
            "cel.bind(a, event.text + event.text, cel.bind(b, a + a, cel.bind(c, b + b, cel.bind(d, c + c, event.l.map(i, d + d)))))",
            "cel.bind(a, event.l + event.l, cel.bind(b, [a,a,a,a,a,a,a,a], cel.bind(c, [b,b,b,b,b,b,b,b], cel.bind(d, "
                + "[c,c,c,c,c,c,c,c], cel.bind(e, [d,d,d,d,d,d,d,d], e)))))",
            "event.l.map(a, '%s%s%s'.format([event.text, event.text, event.text]))",
            "event.l.exists(a, event.l.exists(b, event.deep.x.y == 1))",
            "event.l.map(a, event.text.replace('', event.text))",
        ])
    func budget(source: String) throws {
        let event: JSON = [
            "l": JSON.array((0..<2_000).map { JSON.int($0) }),
            "text": JSON.string(String(repeating: "x", count: 100_000)),
            "a": JSON.string(String(repeating: "a", count: 100_000)), "deep": ["x": ["z": 1]],
        ]
        let expression = try Expression.compile(source)
        let error = try #require(throws: ExpressionError.self) { try expression.value(event: event, now: 0) }
        #expect(error.reason.contains("more than"), "\(error)")
    }

    @Test(
        "Catastrophic patterns are linear",
        arguments: ["(a*)*b", "(a|a)*b", "(a+)+$x", "(.*)(.*)(.*)(.*)b", "^(([a-z])+.)+[A-Z]([a-z])+$", "(|a)*b"])
    func patterns(pattern: String) throws {
        let text = String(repeating: "a", count: 20_000)
        let expression = try Expression.compile("event.text.matches('\(pattern)')")
        #expect(try !expression.matches(event: ["text": JSON.string(text)], now: 0))
    }

    @Test(
        "Patterns that grow are refused",
        arguments: ["((a{1000}){1000}){1000}", "((((){1000}){1000}){1000})", "a{1001}"])
    func patternSize(pattern: String) {
        #expect(throws: ExpressionError.self) { try Expression.compile("event.text.matches('\(pattern)')") }
    }

    /// Both are three bytes long and the same character to Swift.
    @Test("The cache tells names apart by their bytes")
    func cacheKeys() throws {
        for name in ["\u{212B}", "A\u{30A}"] {
            #expect(try Expression.compile("event['\(name)'] == 1").matches(event: [name: 1], now: 0))
        }
    }

    @Test("The cache of shapes is bounded")
    func cache() throws {
        let cache = CompileCache(capacity: 8)
        for index in 0..<100 {
            _ = try Expression("event.field\(index) == 1", mode: .dialect, scope: .events, cache: cache)
        }
        #expect(cache.count <= 8)
    }

    @Test("Expressions that differ in literals share a program; those that differ in more do not")
    func shapes() throws {
        let cache = CompileCache(capacity: 100)
        func program(_ source: String) throws -> ObjectIdentifier {
            ObjectIdentifier(try Expression(source, mode: .dialect, scope: .events, cache: cache).program)
        }
        #expect(try program("event.a == 'x' && event.n > 1") == program("event.a   ==  \"y\" && event.n > 2"))
        #expect(try program("event.n > 1") != program("event.n > 1.0"))
        #expect(try program("event['a'] == 1") != program("event['b'] == 1"))
        #expect(try program("cel.block([1, 2], cel.index(0))") != program("cel.block([1, 2], cel.index(1))"))
        #expect(try program("event.n == -5") == program("event.n == -6"))
        let shared = try ["event.a.matches('^x')", "event.a.matches('^y')"].map {
            try Expression($0, mode: .dialect, scope: .events, cache: cache)
        }
        #expect(shared[0].program === shared[1].program)
        #expect(try shared[0].matches(event: ["a": "xy"], now: 0) && !shared[1].matches(event: ["a": "xy"], now: 0))
    }
}
