import Expressions
import JSON

/// Does with a text all that can be done with an expression, and checks what must hold whatever the text is. For the
/// fuzzer and for the random mutations of the tests.
struct ExpressionTrial {
    private let source: String
    private let event: JSON
    private let incoming: JSON

    static let event: JSON = [
        "name": "shop/order.paid", "id": "01J", "ts": 1_764_000_000_000,
        "data": [
            "plan": "pro", "name": "abcde1", "total": 12, "price": 9.5, "big": 1e20, "text": "a b c d", "id": "a\"b",
            "items": [["count": 2], 1], "user": ["name": "Zoë", "nothing": JSON.null], "flag": true, "": [:],
        ],
    ]

    private static let now: Int64 = 1_764_000_000_000

    /// - Parameter input: an expression; after a zero byte the event, and after another the incoming event.
    init(_ input: some Collection<UInt8>) {
        let parts = input.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        source = parts.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        event = parts.count > 1 ? (try? JSON(parsing: Array(parts[1]))) ?? .null : Self.event
        incoming = parts.count > 2 ? (try? JSON(parsing: Array(parts[2]))) ?? .null : event
    }

    /// What does not hold.
    struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    /// Returns in how many modes the text is an expression.
    @discardableResult
    func run() throws -> Int {
        var compiled = 0
        for mode in [Expression.Mode.dialect, .strict] {
            guard let expression = try attempt({ try Expression.compile(source, mode: mode) }) else { continue }
            compiled += 1
            let matches = try attempt { try expression.matches(event: event, async: incoming, now: Self.now) }
            let value = try attempt { try expression.value(event: event, async: incoming, now: Self.now) }
            _ = try attempt { try expression.value(event: nil, now: .max) }
            try checkCanonical(value)
            if matches == true { try checkIndex(of: expression) }
            try checkFixing(expression, matches: matches, value: value)
        }
        return compiled
    }

    /// Errors name a place in the text.
    private func attempt<Result>(_ body: () throws -> Result) throws -> Result? {
        do {
            return try body()
        } catch let error as ExpressionError {
            let lines = source.utf8.count { $0 == UInt8(ascii: "\n") } + 1
            try expect((1...lines).contains(error.line) && error.column >= 1, "the place of '\(error)'")
            return nil
        }
    }

    /// What is printed can be read again.
    private func checkCanonical(_ value: JSON?) throws {
        guard let value else { return }
        try expect((try? JSON(parsing: Array(value.bytes), limits: JSONLimits(depth: 1000))) == value, "\(value)")
    }

    /// What is true for an event is found by one of its keys.
    private func checkIndex(of expression: Expression) throws {
        guard case .anyOf(let keys) = expression.requirements(event: event) else { return }
        let found = keys.contains { IndexKey(path: $0.path, in: incoming) == $0 }
        try expect(found, "\(keys) do not find \(incoming)")
    }

    /// With the values of the event in its place it means the same.
    private func checkFixing(_ expression: Expression, matches: Bool?, value: JSON?) throws {
        guard let fixed = try attempt({ try expression.fixing(event: event) }) else { return }
        let again = try attempt { try fixed.matches(event: event, async: incoming, now: Self.now) }
        if let matches, let again { try expect(again == matches, "fixed as '\(fixed)', which matches: \(again)") }
        let other = try attempt { try fixed.value(event: event, async: incoming, now: Self.now) }
        if let value, let other {
            try expect(other == value, "fixed as '\(fixed)', which gives \(other), not \(value)")
        }
    }

    private func expect(_ holds: Bool, _ what: @autoclosure () -> String) throws {
        if !holds { throw Broken(description: "'\(source)': \(what())") }
    }
}
