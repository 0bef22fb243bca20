/// Every limit of this room, with its unit and the reason for it.
package enum Limits {
    /// Bytes of an expression's text. Expressions are conditions that people write; the longest seen are under 2 KB.
    package static let sourceBytes = 65_536

    /// Levels of brackets, calls and conditionals inside of one another. Each costs a dozen stack frames in the parser,
    /// and this many fit a thread with a 512 KB stack even in a debug build.
    package static let nesting = 40

    /// Levels of the tree that is read, where `a + b + c` makes two. Each costs a few frames when it is evaluated.
    package static let treeDepth = 64

    /// Steps of one evaluation: operators applied, elements visited, 64 bytes read. At most about 50 ms on one core.
    package static let steps = 1_000_000

    /// Bytes of values one evaluation may build. An event is at most 3 MiB; this holds a few reworked copies of it.
    package static let builtBytes = 16 * 1024 * 1024

    /// Bytes of one regular expression. Longer ones are generated, and belong in code.
    package static let patternBytes = 4_096

    /// Levels of groups in one regular expression, for the same reason as ``nesting``.
    package static let patternNesting = 100

    /// Instructions of one compiled regular expression, counted repetitions written out. Matching costs at most this
    /// many steps a character.
    package static let patternInstructions = 20_000

    /// The largest count in a repetition such as `a{1000}`. The limit of RE2.
    package static let patternRepetitions = 1_000

    /// Compiled shapes kept. A shape is a few KB, and a house has far fewer shapes than functions.
    package static let cachedShapes = 1_024

    /// Alternatives of a ``Requirement``. A wait is stored under each of them; beyond this it is stored under none.
    package static let requirementKeys = 64
}
