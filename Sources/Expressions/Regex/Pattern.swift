/// A regular expression that is ready to search. Time is linear in the text: all ways to match are followed at once
/// (Thompson's construction), none is tried again.
struct Pattern: Sendable {
    enum Instruction: Sendable {
        case scalars(ScalarSet)
        case ascii(UInt8)
        case assertion(PatternAssertion)
        case jump(Int)
        case split(Int, Int)
        case match
    }

    private var program: [Instruction] = []
    /// Parts written out, also those that need no instruction.
    private var emitted = 0

    init(_ text: Text) throws(Fault) {
        try emit(PatternParser.parse(text))
        try append(.match)
    }

    /// In instructions.
    var size: Int { program.count }

    // MARK: Construction

    private mutating func append(_ instruction: Instruction) throws(Fault) {
        try count()
        program.append(instruction)
    }

    private mutating func count() throws(Fault) {
        emitted += 1
        guard emitted <= Limits.patternInstructions else {
            throw Fault("the regular expression needs more than \(Limits.patternInstructions) instructions")
        }
    }

    private mutating func emit(_ node: PatternNode) throws(Fault) {
        try count()
        switch node {
        case .empty: break
        case .scalars(let set): try append(set.singleASCII.map(Instruction.ascii) ?? .scalars(set))
        case .assertion(let assertion): try append(.assertion(assertion))
        case .sequence(let parts): for part in parts { try emit(part) }
        case .alternatives(let branches): try emit(alternatives: branches)
        case .repeated(let inner, let minimum, let maximum):
            for _ in 0..<minimum { try emit(inner) }
            guard let maximum else {
                try emit(star: inner)
                return
            }
            try emit(inner, atMost: maximum - minimum)
        }
    }

    private mutating func emit(alternatives branches: [PatternNode]) throws(Fault) {
        var ends: [Int] = []
        for branch in branches.dropLast() {
            let split = program.count
            try append(.split(split + 1, 0))
            try emit(branch)
            ends.append(program.count)
            try append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        if let last = branches.last { try emit(last) }
        for end in ends { program[end] = .jump(program.count) }
    }

    private mutating func emit(star inner: PatternNode) throws(Fault) {
        let split = program.count
        try append(.split(split + 1, 0))
        try emit(inner)
        try append(.jump(split))
        program[split] = .split(split + 1, program.count)
    }

    private mutating func emit(_ inner: PatternNode, atMost count: Int) throws(Fault) {
        var splits: [Int] = []
        for _ in 0..<count {
            splits.append(program.count)
            try append(.split(program.count + 1, 0))
            try emit(inner)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }

    // MARK: Search

    /// Whether the expression matches anywhere in the text.
    func isFound(in text: Text, frame: inout Frame) throws(Fault) -> Bool {
        try frame.build(bytes: text.utf8.count + MemoryLayout<Int>.stride * size)
        var search = PatternSearch(program: program)
        var previous: Unicode.Scalar?
        var scalars = text.string.unicodeScalars.makeIterator()
        var next = scalars.next()
        while true {
            if search.start(between: previous, and: next) { return true }
            try frame.charge(1 + search.threadCount / 8)
            guard let scalar = next else { return false }
            next = scalars.next()
            if search.step(over: scalar, next: next) { return true }
            previous = scalar
        }
    }
}

/// The ways to match that are still open at one place of the text.
private struct PatternSearch {
    let program: [Pattern.Instruction]
    private var threads: [Int] = []
    private var following: [Int] = []
    /// For each instruction, the generation of the set it was last added to: adding it twice does nothing.
    private var added: [Int]
    private var generation = 1
    private var stack: [Int] = []

    init(program: [Pattern.Instruction]) {
        self.program = program
        added = Array(repeating: 0, count: program.count)
    }

    var threadCount: Int { threads.count }

    /// Begins a match here. Returns true where one ends as well.
    mutating func start(between previous: Unicode.Scalar?, and next: Unicode.Scalar?) -> Bool {
        swap(&threads, &following)
        defer { swap(&threads, &following) }
        return follow(0, between: previous, and: next)
    }

    mutating func step(over scalar: Unicode.Scalar, next: Unicode.Scalar?) -> Bool {
        generation += 1
        following.removeAll(keepingCapacity: true)
        for place in threads {
            let passes =
                switch program[place] {
                case .ascii(let byte): scalar.value == UInt32(byte)
                case .scalars(let set): set.contains(scalar)
                default: false
                }
            if passes, follow(place + 1, between: scalar, and: next) { return true }
        }
        swap(&threads, &following)
        return false
    }

    /// Adds an instruction and all that it leads to without reading. Returns true where a match is among them.
    private mutating func follow(
        _ place: Int, between previous: Unicode.Scalar?, and next: Unicode.Scalar?
    ) -> Bool {
        stack.append(place)
        while let place = stack.popLast() {
            guard added[place] != generation else { continue }
            added[place] = generation
            switch program[place] {
            case .match:
                stack.removeAll()
                return true
            case .jump(let target): stack.append(target)
            case .split(let first, let second):
                stack.append(second)
                stack.append(first)
            case .assertion(let assertion):
                if assertion.holds(between: previous, and: next) { stack.append(place + 1) }
            case .ascii, .scalars: following.append(place)
            }
        }
        return false
    }
}

extension PatternAssertion {
    func holds(between previous: Unicode.Scalar?, and next: Unicode.Scalar?) -> Bool {
        switch self {
        case .textStart: previous == nil
        case .textEnd: next == nil
        case .lineStart: previous == nil || previous == "\n"
        case .lineEnd: next == nil || next == "\n"
        case .wordBoundary: isWord(previous) != isWord(next)
        case .notWordBoundary: isWord(previous) == isWord(next)
        }
    }

    private func isWord(_ scalar: Unicode.Scalar?) -> Bool { scalar.map(ScalarSet.word.contains) ?? false }
}
