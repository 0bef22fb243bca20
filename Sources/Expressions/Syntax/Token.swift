/// A word of an expression.
struct Token: Sendable {
    var kind: Kind
    /// Offset of its first byte in the source.
    var start: Int
    /// Offset after its last byte.
    var end: Int

    enum Kind: Sendable, Equatable {
        /// An identifier that may be a name.
        case name(String)
        /// A word that may follow a dot but is no name: `package`, `for` …
        case reserved(String)
        /// A field name in back quotes.
        case quotedName(String)
        /// A literal by its place in the list of literals.
        case literal(Int)
        case symbol(Symbol)
        case end
    }
}

/// Operators, brackets and words with a meaning of their own.
enum Symbol: String, Sendable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divide = "/"
    case modulo = "%"
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case and = "&&"
    case or = "||"
    case not = "!"
    case question = "?"
    case colon = ":"
    case comma = ","
    case dot = "."
    case openParen = "("
    case closeParen = ")"
    case openBracket = "["
    case closeBracket = "]"
    case openBrace = "{"
    case closeBrace = "}"
    case `in` = "in"
    case `true` = "true"
    case `false` = "false"
    case null = "null"
}

/// A number, string or byte string as it was written. Literals are lifted out of an expression, so that expressions
/// which differ in them alone share one compiled program.
enum Literal: Sendable, Equatable {
    /// Without sign: `-9223372036854775808` is a minus and a magnitude.
    case integer(UInt64)
    case unsigned(UInt64)
    case double(Double)
    case string([UInt8])
    case bytes([UInt8])

    /// Stands for the literal in the shape of an expression.
    var shape: String {
        switch self {
        case .integer: "#i"
        case .unsigned: "#u"
        case .double: "#d"
        case .string: "#s"
        case .bytes: "#b"
        }
    }
}
