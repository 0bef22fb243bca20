import JSON
import Testing

@testable import Expressions

@Suite("Fixing the values of event")
struct FixingTests {
    static let event = try? JSON(
        parsing: #"{"data":{"id":"a\"b","n":-1,"big":12345678901234567890,"list":[1,{"k":null}],"s":"x"}}"#)

    @Test(
        "The residual text",
        arguments: [
            ("event.data.id == async.data.id", #""a\"b" == async.data.id"#),
            ("async.n > event.data.n", "async.n > (-1)"),
            ("event.data.big == async.n", "(12345678901234567000.0) == async.n"),
            ("async.x in event.data.list", #"async.x in [(1),{"k":null}]"#),
            ("event.data.missing == async.x", "event.data.missing == async.x"),
            ("has(event.data.id) && !has(event.data.zz)", "true && !false"),
            ("event.data.s.startsWith('x')", #""x".startsWith('x')"#),
            ("[1].all(event, event.data == 1)", "[1].all(event, event.data == 1)"),
            ("async.event.data.id == 1", "async.event.data.id == 1"),
            ("event.data['s'] + 'event.data.s'", #""x" + 'event.data.s'"#),
        ])
    func residual(source: String, expected: String) throws {
        let event = try #require(Self.event)
        #expect(try Expression.compile(source).fixing(event: event).source == expected)
    }

    @Test(
        "Means the same without the event",
        arguments: [
            "event.data.id == async.id", "event.data.missing == async.missing", "event.data.n * 2 < async.n",
            "event.data.list[1].k == async.k", "event.data.list.exists(x, x == async.one)",
            "has(event.data.id.x) || event.data.big > async.n", "event.data.s.foo == null",
        ])
    func same(source: String) throws {
        let event = try #require(Self.event)
        let async: JSON = ["id": "a\"b", "n": 3, "one": 1]
        let expression = try Expression.compile(source)
        let residual = try expression.fixing(event: event)
        #expect(
            try residual.matches(event: nil, async: async, now: 0)
                == expression.matches(event: event, async: async, now: 0))
    }

    @Test("Residuals of one expression share one program")
    func shape() throws {
        let expression = try Expression.compile("event.data.id == async.data.id && async.data.n > 3")
        let first = try expression.fixing(event: ["data": ["id": "x"]])
        let second = try expression.fixing(event: ["data": ["id": "y"]])
        #expect(first.program === second.program)
        #expect(first.source != second.source)
    }

    @Test("Values that make the text too long are refused")
    func tooLong() throws {
        let event: JSON = ["data": ["text": JSON.string(String(repeating: "x", count: Limits.sourceBytes))]]
        let expression = try Expression.compile("event.data.text == async.data.text")
        #expect(throws: ExpressionError.self) { try expression.fixing(event: event) }
    }
}
