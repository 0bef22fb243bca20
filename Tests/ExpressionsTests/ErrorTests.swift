import JSON
import Testing

@testable import Expressions

@Suite("Errors say what is wrong, where, and what was expected")
struct ErrorTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        var source: String
        var place: (line: Int, column: Int)
        var expected: String?
        var testDescription: String { source }
        init(_ source: String, _ line: Int, _ column: Int, _ expected: String? = nil) {
            (self.source, place, self.expected) = (source, (line, column), expected)
        }
    }

    @Test(
        "When compiled",
        arguments: [
            Bad("", 1, 1, "a condition such as event.data.total > 10"),
            Bad("event.data.x ==", 1, 16, "a value"),
            Bad("event.data.x = 1", 1, 14, "'==' to compare"),
            Bad("event.a & event.b", 1, 9, "'&&'"),
            Bad("(event.a", 1, 9, "')'"),
            Bad("event.a event.b", 1, 9, "an operator or the end"),
            Bad("event.\n  .a", 2, 3, "a field name"),
            Bad("evnt.data", 1, 1, "event or async"),
            Bad("event.a && foo(1)", 1, 12, nil),
            Bad("event.a.startswith('x')", 1, 9, "startsWith()"),
            Bad("lowercase('a', 'b')", 1, 1, "1"),
            Bad("'abc", 1, 1, "a closing '"),
            Bad("'a\\qb'", 1, 3, #"one of \n \t \r \" \' \\ \xHH \uHHHH \UHHHHHHHH"#),
            Bad("99999999999999999999", 1, 1, nil),
            Bad("9223372036854775808", 1, 1, nil),
            Bad("event.a == 'é' && 1day", 1, 20, "an operator"),
            Bad("event.a.matches('(')", 1, 17, nil),
            Bad("event.a.matches('(?=x)')", 1, 17, nil),
            Bad("for == 1", 1, 1, nil),
            Bad("has(event)", 1, 1, "has(value.field)"),
            Bad("[1].map(x.y, 1)", 1, 9, "a new name"),
            Bad("Order{id: 1}", 1, 6, "a map: {…}"),
            Bad("event.a ? 1", 1, 12, "':' of the conditional"),
            Bad("{'a' 1}", 1, 6, "':' after the key"),
        ])
    func compile(bad: Bad) {
        do {
            _ = try Expression.compile(bad.source)
            Issue.record("accepted")
        } catch {
            #expect(error.line == bad.place.line && error.column == bad.place.column, "\(error)")
            #expect(error.expected == bad.expected, "\(error)")
        }
    }

    @Test("The rendering points at the place")
    func rendering() throws {
        let error = try #require(throws: ExpressionError.self) { try Expression.compile("event.a &&\n 'é' == evnt.b") }
        #expect(
            error.description
                == "'evnt' is unknown; expected event or async (line 2, column 9)\n 'é' == evnt.b\n        ^")
    }

    @Test("A long line is cut around the place")
    func longLine() throws {
        let source = String(repeating: "1 + ", count: 40) + "§" + String(repeating: " + 1", count: 40)
        let error = try #require(throws: ExpressionError.self) { try Expression.compile(source) }
        #expect(error.column == 161)
        #expect(error.rendering.split(separator: "\n").allSatisfy { $0.count <= 130 })
    }

    @Test(
        "When evaluated, with the place",
        arguments: [
            ("event.n / 0 > 1", 9), ("1 + timestamp('x').getHours()", 5), ("event.s.matches(event.bad)", 9),
            ("event.n && {event.n: 1, 1: 2}", 25), ("date('soon') < now()", 1), ("[1].map(x, x % 0)", 14),
            ("now().getHours('Mars/Base')", 7),
        ])
    func evaluate(source: String, column: Int) throws {
        let event: JSON = ["n": 1, "s": "x", "bad": "("]
        let expression = try Expression.compile(source)
        let error = try #require(throws: ExpressionError.self) { try expression.value(event: event, now: 0) }
        #expect(error.column == column, "\(error)")
    }

    @Test("A condition that gives no boolean is an error; null is false")
    func notBoolean() throws {
        let error = try #require(throws: ExpressionError.self) {
            try Expression.compile("event.n").matches(event: ["n": 1], now: 0)
        }
        #expect(error.reason == "the condition gives a int, not true or false")
        #expect(try Expression.compile("event.n").matches(event: ["n": JSON.null], now: 0) == false)
        #expect(try Expression.compile("event.n").matches(event: nil, now: 0) == false)
    }

    @Test("Strict mode finds unknown names when it evaluates them")
    func strict() throws {
        #expect(try Expression.compile("true || nobody", mode: .strict).matches(event: nil, now: 0))
        let missing = try Expression.compile("event.a == 1", mode: .strict)
        #expect(throws: ExpressionError.self) { try missing.matches(event: ["b": 1], now: 0) }
        let mixed = try Expression.compile("event.a < 'x'", mode: .strict)
        #expect(throws: ExpressionError.self) { try mixed.matches(event: ["a": 1], now: 0) }
        let ours = try Expression.compile("lowercase('A') == 'a'", mode: .strict)
        #expect(throws: ExpressionError.self) { try ours.matches(event: nil, now: 0) }
    }
}
