import JSON

/// The state of one evaluation.
struct Frame {
    let constants: [Value]
    let patterns: [Int: Pattern]
    let event: JSON?
    let async: JSON?
    /// Values of further variables, by their place among the declared names.
    let variables: [Value?]
    /// Unix milliseconds.
    let now: Int64
    let mode: Expression.Mode
    /// Values of names bound by macros. A fault is kept until the name is used.
    var locals: [Result<Value, Fault>]
    private var stepsLeft = Limits.steps
    private var bytesLeft = Limits.builtBytes

    init(
        constants: [Value], patterns: [Int: Pattern], event: JSON?, async: JSON?, variables: [Value?], now: Int64,
        mode: Expression.Mode, localCount: Int
    ) {
        self.constants = constants
        self.patterns = patterns
        self.event = event
        self.async = async
        self.variables = variables
        self.now = now
        self.mode = mode
        locals = localCount == 0 ? [] : Array(repeating: .success(.null), count: localCount)
    }

    var stepsUsed: Int { Limits.steps - max(stepsLeft, 0) }

    var isDialect: Bool { mode == .dialect }

    /// Pays for work.
    @inline(__always)
    mutating func charge(_ steps: Int) throws(Fault) {
        stepsLeft -= steps
        if stepsLeft < 0 { throw Fault("the evaluation took more than \(Limits.steps) steps", .limit) }
    }

    /// Pays for reading bytes.
    @inline(__always)
    mutating func read(bytes: Int) throws(Fault) {
        try charge(bytes >> 6 + 1)
    }

    /// Pays for bytes that are about to be allocated.
    mutating func build(bytes: Int) throws(Fault) {
        try read(bytes: bytes)
        bytesLeft -= bytes
        if bytesLeft < 0 {
            throw Fault("the evaluation built more than \(Limits.builtBytes) bytes of values", .limit)
        }
    }

    mutating func build(values: Int) throws(Fault) {
        try build(bytes: values * MemoryLayout<Value>.stride)
    }
}
