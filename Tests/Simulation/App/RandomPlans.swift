import JSON

/// Makes up functions: sequences, groups, races, sleeps, waits, invocations and steps that fail.
package struct RandomPlans {
    /// Names of signals that steps wait for.
    static let signals = ["one", "two"]

    private let longest: Int
    private var dice: SeededGenerator
    private var count = 0

    /// - Parameter longest: steps that may follow one another in a function; one less in a branch.
    package init(seed: UInt64, longest: Int = 3) {
        self.longest = longest
        dice = SeededGenerator(seed: seed)
    }

    package mutating func function(mayInvoke: Bool) -> PlannedApp {
        count = 0
        return PlannedApp(
            steps: sequence(upTo: longest, depth: 0, mayInvoke: mayInvoke),
            catches: Int.random(in: 0..<4, using: &dice) > 0)
    }

    private mutating func sequence(upTo length: Int, depth: Int, mayInvoke: Bool) -> [Plan] {
        (0..<Int.random(in: 0...length, using: &dice)).map { _ in step(depth: depth, mayInvoke: mayInvoke) }
    }

    private mutating func step(depth: Int, mayInvoke: Bool) -> Plan {
        count += 1
        let name = "s\(count)"
        switch Int.random(in: 0..<(depth < 2 ? 14 : 11), using: &dice) {
        case 0..<3: return .run(name)
        case 3: return .run(name, failing: Int.random(in: 1...5, using: &dice))
        case 4: return .fail(name)
        case 5: return .sleep(name, ["0s", "1s", "10m", "3h"].randomElement(using: &dice) ?? "1s")
        case 6, 7: return wait(name)
        case 8: return mayInvoke ? invocation(name) : .run(name)
        case 9: return signal(name)
        case 10: return .fetch(name)
        case 11, 12: return .all(branches(depth: depth, mayInvoke: mayInvoke))
        default: return .race(branches(depth: depth, mayInvoke: mayInvoke))
        }
    }

    private mutating func branches(depth: Int, mayInvoke: Bool) -> [[Plan]] {
        (0..<Int.random(in: 1...3, using: &dice)).map { _ in
            sequence(upTo: longest - 1, depth: depth + 1, mayInvoke: mayInvoke)
        }
    }

    private mutating func wait(_ name: String) -> Plan {
        let conditions = [
            nil, "event.data.n == async.data.n", "async.data.n > 2", "async.data.n == 1 || async.data.n == 2",
        ]
        return .wait(
            name, event: ["go", "e1"].randomElement(using: &dice) ?? "go",
            if: conditions.randomElement(using: &dice) ?? nil,
            timeout: ["1s", "20m", "1d"].randomElement(using: &dice) ?? "1s")
    }

    private mutating func signal(_ name: String) -> Plan {
        .signal(
            name, name: Self.signals.randomElement(using: &dice) ?? "", replaces: Bool.random(using: &dice),
            timeout: ["5m", "1d"].randomElement(using: &dice) ?? nil)
    }

    private mutating func invocation(_ name: String) -> Plan {
        .invoke(
            name, ["app-child", "app-child", "app-nobody"].randomElement(using: &dice) ?? "",
            timeout: [nil, "5m", "2d"].randomElement(using: &dice) ?? nil)
    }
}
