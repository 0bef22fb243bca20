import JSON
import Testing

@testable import Expressions

@Suite("The dialect")
struct DialectTests {
    static let event = try? JSON(
        parsing: """
            {"name":"shop/order.paid","id":"01J","ts":1764000000000,"data":{"plan":"pro","total":12,"price":9.5,
            "id":"a\\"b","tags":["x","y"],"user":{"name":"Zoë","nothing":null},"items":[{"sku":"s1","count":2}]}}
            """)

    static let now: Int64 = 1_764_000_000_000

    @Test(
        "Gives",
        arguments: [
            ("event.a + 'x'", "\"x\""), ("'x' + event.a", "\"x\""), ("1 + event.a", "1"), ("event.a - 1", "null"),
            ("-event.a", "null"), ("event.a + event.b", "null"), ("1 + 2.5", "3.5"), ("7 / 2", "3"), ("7 / 2.0", "3.5"),
            ("1u + 2", "3"), ("'a' + 1 + true + 1.5", "\"a1true1.5\""), ("1 + 'a'", "\"1a\""), ("!event.a", "true"),
            ("!'x'", "false"), ("'' || 0 || event.a", "false"), ("'x' && [] && {}", "true"), ("0.0 ? 1 : 2", "2"),
            ("event.a.b.c", "null"), ("event.a[3].b", "null"), ("'x'.foo", "null"), ("[1][1]", "null"),
            ("1 in event.a", "false"), ("'a' < 1", "false"), ("event.a < event.b", "false"),
            ("null == event.a", "true"),
            ("event.a == event.b", "false"), ("event.a != event.b", "true"), ("event.a == event.a", "false"),
            ("event.a.startsWith('x')", "null"), ("size(event.a)", "null"), ("event.a.exists(x, true)", "null"),
            ("event.a.map(x, x)", "null"), ("has(event.a.b)", "false"), ("event.a.matches('x')", "null"),
            ("'1' == 1", "false"), ("true == 1", "false"), ("event.?a.?b.orValue(5)", "5"),
            ("type(event.a)", "\"null_type\""),
            ("b'hi'", "\"aGk=\""), ("{1: 2, true: 3u}", "{\"1\":2,\"true\":3}"), ("1.0 / 0.0", "null"),
            ("event.x || 1 / 0 == 1 || true", "true"), ("lowercase('ÄB')", "\"äb\""), ("optional.none()", "null"),
            ("[1, 2].all(x, x > 0) && ['a'].exists_one(x, x == 'a')", "true"), ("duration('90s')", "\"90s\""),
        ])
    func gives(source: String, result: String) throws {
        let value = try Expression.compile(source).value(event: .emptyObject, now: 0)
        #expect(value == (try JSON(parsing: result)), "\(source) gives \(value)")
    }

    @Test("Further names are declared, and may have no value")
    func variables() throws {
        let expression = try Expression.compile("output.ok == true && error == null", variables: ["output", "error"])
        #expect(try expression.matches(event: nil, now: 0, variables: ["output": ["ok": true], "error": JSON.null]))
        #expect(throws: ExpressionError.self) { try Expression.compile("output.ok") }
    }

    @Test(
        "Calls are told from operators",
        arguments: [
            ("event.a == async.a && event.b in [1]", false), ("has(event.a)", true), ("event.a.size() > 1", true),
            ("[1].all(x, x == 1)", true), ("!(event.a ? event.b : -event.c)", false),
        ])
    func calls(source: String, expected: Bool) throws {
        #expect(try Expression.compile(source).callsFunctions == expected)
    }

    @Test(
        "Holds",
        arguments: [
            #"event.data.plan == "pro" && event.data.total > 10"#,
            #"event.data["plan"] == 'pro'"#,
            "event.data.missing == null",
            "!(event.data.missing > 3)",
            "!has(event.data.missing)",
            "has(event.data.user.name)",
            "has(event.data.user.nothing)",
            "event.data.total == 12.0",
            "event.data.price < 10",
            "'x' in event.data.tags",
            "event.data.tags.exists(t, t == 'y')",
            "event.data.items.all(i, i.count > 1)",
            "event.data.items[0].sku == 's1'",
            "event.data.user.name.startsWith('Zo')",
            "size(event.data.user.name) == 3",
            "event.data.plan.matches('^p.o$')",
            "event.data.plan == 'pro' ? true : false",
            "event.data.id == 'a\"b'",
            "event.data.plan + '-' + event.data.total == 'pro-12'",
            "event.data.plan && event.data.total",
            "lowercase('ABC') == 'abc' && uppercase('ß') == 'SS'",
            "json_parse('{\"a\":1}').a == 1 && json_parse('nonsense') == {}",
            "b64decode('aGk=') == 'hi'",
            "date('2026-11-23') < date('2026-11-23T00:00:01Z')",
            "now() == date(event.ts)",
            "now_plus('24h') > now() && now_minus('7d') < now()",
        ])
    func holds(_ source: String) throws {
        let expression = try Expression.compile(source)
        #expect(try expression.matches(event: Self.event, now: Self.now))
    }
}
