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
        "holds",
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
