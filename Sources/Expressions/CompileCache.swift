import Synchronization

/// Keeps programs by the shape of their expressions. Bounded: when one generation is full, the one before it goes.
final class CompileCache: Sendable {
    static let shared = CompileCache(capacity: Limits.cachedShapes)

    struct Key: Hashable, Sendable {
        /// Not a `String`, to which different texts may be equal.
        let shape: Text
        let mode: Expression.Mode
        let scope: NameScope
    }

    private struct Generations {
        var young: [Key: Program] = [:]
        var old: [Key: Program] = [:]
    }

    private let generations = Mutex(Generations())
    private let half: Int

    init(capacity: Int) {
        half = max(1, capacity / 2)
    }

    var count: Int { generations.withLock { Set($0.young.keys).union($0.old.keys).count } }

    func program(
        for key: Key, orElse make: () throws(ExpressionError) -> Program
    ) throws(ExpressionError) -> Program {
        if let found = generations.withLock({ $0.young[key] }) { return found }
        let older = generations.withLock { $0.old[key] }
        let program = if let older { older } else { try make() }
        generations.withLock { generations in
            if generations.young.count >= half {
                generations.old = generations.young
                generations.young = [:]
            }
            generations.young[key] = program
        }
        return program
    }
}
