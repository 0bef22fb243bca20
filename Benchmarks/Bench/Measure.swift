import Rig

/// Something that is measured: a name, what it means, and how one round of it goes.
struct Measure: Sendable {
    let name: String
    let title: String
    let unit: Unit
    /// What is aimed at, if anything.
    let target: Target?
    let setting: Setting
    let round: @Sendable (Surroundings) async throws -> Round

    /// What a round has around it, as far as its setting has it.
    struct Surroundings: Sendable {
        var stage: Stage?
        var clusters: Clusters?
    }

    /// Against an orchestrator in a process of its own.
    init(
        name: String, title: String, unit: Unit, target: Target?, setting: Setting = .underLoad,
        round: @escaping @Sendable (Stage) async throws -> Round
    ) {
        (self.name, self.title, self.unit, self.target, self.setting) = (name, title, unit, target, setting)
        self.round = { around in
            guard let stage = around.stage else { throw RigError("\(name) needs an orchestrator") }
            return try await round(stage)
        }
    }

    /// Beside each other: an orchestrator on a file, and one, two and three on PostgreSQL.
    init(
        clusters name: String, title: String, unit: Unit, target: Target?,
        round: @escaping @Sendable (Clusters) async throws -> Round
    ) {
        (self.name, self.title, self.unit, self.target, setting) = (name, title, unit, target, .clusters)
        self.round = { around in
            guard let clusters = around.clusters else { throw RigError("\(name) needs PostgreSQL") }
            return try await round(clusters)
        }
    }

    /// In this process alone.
    init(
        inProcess name: String, title: String, unit: Unit, target: Target?,
        round: @escaping @Sendable () async throws -> Round
    ) {
        (self.name, self.title, self.unit, self.target, setting) = (name, title, unit, target, .inProcess)
        self.round = { _ in try await round() }
    }

    /// What it needs around it, in the order in which they are measured.
    enum Setting: CaseIterable, Sendable {
        /// An orchestrator that has done nothing yet.
        case atRest
        case underLoad
        case inProcess
        /// Several orchestrators at once, on a file and on PostgreSQL.
        case clusters
    }

    enum Unit: String, Sendable {
        /// A time: smaller is better.
        case milliseconds = "ms"
        case microseconds = "µs"
        /// A rate: larger is better.
        case perSecond = "/s"
        case mebibytes = "MiB"
        case bytes = "B"
        case number = "in number"
        case percentOfCore = "% of a core"
    }

    enum Target: Sendable {
        case atMost(Double)
        case atLeast(Double)
        case atLeastOfCeiling(Double)

        func isMet(by figure: Figure) -> Bool {
            switch self {
            case .atMost(let limit): figure.median <= limit
            case .atLeast(let limit): figure.median >= limit
            case .atLeastOfCeiling(let share): figure.ratio ?? 0 >= share
            }
        }
    }

    /// What came of one round, and what the ceiling (the echo, where there is a stage) gave right before it, in the
    /// same unit.
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

extension Measure {
    /// Whether it is one of these, or of a group that is: `waits` stands for all that begin with `waits-`, unless a
    /// measure has that very name.
    func isAmong(_ names: [String]) -> Bool {
        names.contains { name in
            name == self.name
                || self.name.hasPrefix(name + "-") && !Measure.all.contains { $0.name == name }
        }
    }
}
