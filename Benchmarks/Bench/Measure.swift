/// Something that is measured: a name, what it means, and how one round of it goes.
struct Measure: Sendable {
    let name: String
    let title: String
    let unit: Unit
    /// What is aimed at, if anything.
    let target: Target?
    let round: @Sendable (Stage) async throws -> Round

    enum Unit: String, Sendable {
        /// A time: smaller is better.
        case milliseconds = "ms"
        case microseconds = "µs"
        /// A rate: larger is better.
        case perSecond = "/s"
        case mebibytes = "MiB"
        case percentOfCore = "% of a core"
    }

    enum Target: Sendable {
        case atMost(Double)
        case atLeast(Double)

        func isMet(by value: Double) -> Bool {
            switch self {
            case .atMost(let limit): value <= limit
            case .atLeast(let limit): value >= limit
            }
        }
    }

    /// What came of one round, and what the echo gave right before it, in the same unit.
    struct Round: Sendable {
        let value: Double
        var ceiling: Double?
    }
}

/// The rounds of a measure.
struct Figure: Sendable {
    let measure: Measure
    let rounds: [Measure.Round]

    var median: Double { Self.median(rounds.map(\.value)) }
    var smallest: Double { rounds.map(\.value).min() ?? 0 }
    var largest: Double { rounds.map(\.value).max() ?? 0 }
    var ceiling: Double? {
        let ceilings = rounds.compactMap(\.ceiling)
        return ceilings.isEmpty ? nil : Self.median(ceilings)
    }

    /// The median over rounds of the value divided by the ceiling of the same round.
    var ratio: Double? {
        let ratios = rounds.compactMap { round in round.ceiling.map { round.value / $0 } }
        return ratios.isEmpty ? nil : Self.median(ratios)
    }

    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
}
