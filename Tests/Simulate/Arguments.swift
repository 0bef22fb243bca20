import Foundation

/// What the command line asks for.
struct Arguments {
    var seeds: Range<UInt64> = 0..<1000
    var workers = ProcessInfo.processInfo.activeProcessorCount
    var isOnPostgres = false
    var nodes = 1
    var wantsHelp = false

    static let usage = """
        usage: scripts/simulate [--seeds N] [--from N] [--workers N] [--postgres [--nodes N]] | --seed N …

        Runs N programs (1000) from a seed on (0): random apps, events, clocks, failures, crashes, on the real engine
        and a real store, held against a model of each rule. Prints what has happened how often. Exits with 1 where
        something was not as it should be, or, with \(seedsForAll) programs or more, where something never happened.

        With --postgres the store is a PostgreSQL server of its own instead of a SQLite file, and
        with --nodes several orchestrators share it: each does what comes in turns, and now and then one is killed, falls
        silent or meets another one in the middle of a transaction.
        --seed N replays one, and tells it line by line.
        """

    /// From so many programs on, everything must have happened.
    static let seedsForAll = 2000

    init(_ words: [String]) throws(InvalidArguments) {
        var (count, first, only): (UInt64, UInt64, UInt64?) = (1000, 0, nil)
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help", "-h": wantsHelp = true
            case "--postgres": isOnPostgres = true
            case "--nodes": nodes = Int(try Self.number(word, rest.popFirst()))
            case "--seeds": count = try Self.number(word, rest.popFirst())
            case "--from": first = try Self.number(word, rest.popFirst())
            case "--seed": only = try Self.number(word, rest.popFirst())
            case "--workers": workers = Int(try Self.number(word, rest.popFirst()))
            default: throw InvalidArguments(description: "\(word) is unknown")
            }
        }
        guard nodes == 1 || isOnPostgres && (2...8).contains(nodes) else {
            throw InvalidArguments(description: "--nodes: 2 to 8, with --postgres")
        }
        seeds = only.map { $0..<$0 + 1 } ?? first..<first + count
    }

    /// How one of the programs is run again.
    func replay(_ seed: UInt64) -> String {
        "scripts/simulate --seed \(seed)" + (isOnPostgres ? " --postgres" : "") + (nodes > 1 ? " --nodes \(nodes)" : "")
    }

    private static func number(_ option: String, _ word: String?) throws(InvalidArguments) -> UInt64 {
        guard let number = word.flatMap(UInt64.init), number < 1 << 62 else {
            throw InvalidArguments(description: "\(option): a number is expected")
        }
        return number
    }
}

struct InvalidArguments: Error, CustomStringConvertible {
    let description: String
}
