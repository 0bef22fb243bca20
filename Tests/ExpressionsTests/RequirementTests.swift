import JSON
import Testing

@testable import Expressions

@Suite("What an expression asks of the incoming event")
struct RequirementTests {
    static let event: JSON = ["data": ["id": "42", "n": 1, "list": ["a", 2], "flag": true, "object": ["k": 1]]]

    struct Case: Sendable, CustomTestStringConvertible {
        var source: String
        /// Texts of the keys; `nil`: it can't be indexed.
        var keys: [String]?
        var testDescription: String { source }
        init(_ source: String, _ keys: [String]?) { (self.source, self.keys) = (source, keys) }
    }

    @Test(
        "Keys",
        arguments: [
            Case("event.data.id == async.data.id", [#"[["data","id"],"42"]"#]),
            Case("event.data.id == async.data.id && async.data.n > 3", [#"[["data","id"],"42"]"#]),
            Case("async.data.n > 3 && async.data['id'] == event.data['id']", [#"[["data","id"],"42"]"#]),
            Case("async.data.a == 1 || async.data.b == 2", [#"[["data","a"],1]"#, #"[["data","b"],2]"#]),
            Case("async.data.a == 1 || async.data.b > 2", nil),
            Case("async.data.a == 1.0", [#"[["data","a"],1]"#]),
            Case("async.data.a == 1u", [#"[["data","a"],1]"#]),
            Case("async.data.a == -1.5", [#"[["data","a"],-1.5]"#]),
            Case("async.data.a == null", [#"[["data","a"],null]"#]),
            Case("async.data.a == event.data.flag", [#"[["data","a"],true]"#]),
            Case("async.data.a == event.data.n + 1", [#"[["data","a"],2]"#]),
            Case("async.data.a == event.data.missing", [#"[["data","a"],null]"#]),
            Case("async.data.a in ['x', 'y', 'x']", [#"[["data","a"],"x"]"#, #"[["data","a"],"y"]"#]),
            Case("async.data.a in event.data.list", [#"[["data","a"],"a"]"#, #"[["data","a"],2]"#]),
            Case("async.data.a in event.data.object", [#"[["data","a"],"k"]"#]),
            Case("async.data.a in []", []),
            Case("async.data.a == event.data.object", nil),
            Case("async.data.a == async.data.b", nil),
            Case("async.data.a > 3", nil),
            Case("async.data.a != 3", nil),
            Case("!(async.data.a == 3)", nil),
            Case("async.data.flag", nil),
            Case("true", nil),
            Case("false", []),
            Case("event.data.n == 2 && async.data.a == 1", []),
            Case("event.data.n == 1 && async.data.a == 1", [#"[["data","a"],1]"#]),
            Case("event.data.n == 1 || async.data.a == 1", nil),
            Case("event.data.n == 2 || async.data.a == 1", [#"[["data","a"],1]"#]),
            Case("event.data.n / 0 == 1 || async.data.a == 1", [#"[["data","a"],1]"#]),
            Case(
                "event.data.flag ? async.data.a == 1 : async.data.b == 2", [#"[["data","b"],2]"#, #"[["data","a"],1]"#]),
            Case("async.data.a == 'x' && (async.data.b == 1 || async.data.b == 2)", [#"[["data","a"],"x"]"#]),
            Case("async.data.a == now()", nil),
            Case("[1].exists(async, async == 1)", nil),
            Case("event.data.list.exists(x, x == async.data.a)", nil),
            Case("has(async.data.a)", nil),
            Case("async.name == 'x'", [#"[["name"],"x"]"#]),
            // One character to Swift, two texts to JSON.
            Case(
                "async.a in ['\u{E9}', 'e\u{301}']", ["[[\"a\"],\"\u{E9}\"]", "[[\"a\"],\"e\u{301}\"]"]),
            Case(
                "async['\u{E9}'] == 1 || async['e\u{301}'] == 1", ["[[\"\u{E9}\"],1]", "[[\"e\u{301}\"],1]"]),
        ])
    func keys(_ expected: Case) throws {
        let requirement = try Expression.compile(expected.source).requirements(event: Self.event)
        switch requirement {
        case .unindexable: #expect(expected.keys == nil)
        // Texts and not strings, to which different texts may be equal.
        case .anyOf(let keys):
            #expect(Set(keys.map { Text($0.text) }) == expected.keys.map { Set($0.map { Text($0) }) })
        }
    }

    /// The law behind the index: whatever is true for an event is found by one of its keys.
    @Test("An expression that is true is found", arguments: 0..<20 as Range<UInt64>)
    func found(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        let values: [JSON] = [1, 2, "42", "x", true, JSON.null, 1.5, ["a"]]
        let atoms = [
            "async.data.a == 1", "async.data.a == event.data.id", "async.data.b in ['x', 2]", "async.data.b > 1",
            "event.data.flag", "async.data.a == null", "event.data.missing == async.data.b", "async.data.b == true",
            "event.data.n == 2",
        ]
        for _ in 0..<100 {
            var source = atoms[Int.random(in: 0..<atoms.count, using: &generator)]
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                let atom = atoms[Int.random(in: 0..<atoms.count, using: &generator)]
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: source = "(\(source)) && \(atom)"
                case 1: source = "(\(source)) || \(atom)"
                default: source = "(\(source)) ? \(atom) : async.data.a == 'x'"
                }
            }
            var data: [(String, JSON?)] = []
            for name in ["a", "b"] { data.append((name, values.randomElement(using: &generator))) }
            if Bool.random(using: &generator) { data.removeLast() }
            let incoming: JSON = ["data": JSON.object(data)]
            let expression = try Expression.compile(source)
            guard case .anyOf(let keys) = expression.requirements(event: Self.event),
                try expression.matches(event: Self.event, async: incoming, now: 0)
            else { continue }
            let isFound = keys.contains { IndexKey(path: $0.path, in: incoming) == $0 }
            #expect(isFound, "\(source) is true for \(incoming), but \(keys) do not find it")
        }
    }

    @Test("An incoming event looks itself up, a missing field as null, an object not at all")
    func lookUp() {
        let incoming: JSON = ["data": ["n": 1.0, "o": ["x": 1]]]
        #expect(IndexKey(path: ["data", "n"], in: incoming)?.text == #"[["data","n"],1]"#)
        #expect(IndexKey(path: ["data", "m"], in: incoming)?.text == #"[["data","m"],null]"#)
        #expect(IndexKey(path: ["data", "o"], in: incoming) == nil)
    }

    @Test("Too many alternatives are none")
    func tooMany() throws {
        let list = (0...Limits.requirementKeys).map(String.init).joined(separator: ",")
        #expect(try Expression.compile("async.data.a in [\(list)]").requirements(event: nil) == .unindexable)
    }
}
