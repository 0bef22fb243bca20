/// A regular expression as it was written.
indirect enum PatternNode {
    case empty
    case scalars(ScalarSet)
    case assertion(PatternAssertion)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    /// `maximum` nil: without end.
    case repeated(PatternNode, minimum: Int, maximum: Int?)
}

enum PatternAssertion: Sendable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary
}

/// A set of Unicode scalars.
struct ScalarSet: Sendable {
    private(set) var ranges: [ClosedRange<UInt32>] = []
    /// General categories, such as `L` or `Lu`, by the names that RE2 uses.
    private(set) var categories: [String] = []
    private var excluded: [ScalarSet] = []
    var isInverted = false
    var ignoresCase = false

    init(_ ranges: ClosedRange<UInt32>...) { self.ranges = ranges }

    init(_ scalar: Unicode.Scalar) { ranges = [scalar.value...scalar.value] }

    mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }

    /// Takes in another set; what an inverted set holds is all but its own.
    mutating func formUnion(_ other: ScalarSet) {
        if other.isInverted {
            excluded.append(other)
        } else {
            ranges += other.ranges
            categories += other.categories
            excluded += other.excluded
        }
    }

    static func category(_ name: String) -> ScalarSet {
        var set = ScalarSet()
        set.categories = [name]
        return set
    }

    func inverted() -> ScalarSet {
        var set = self
        set.isInverted.toggle()
        return set
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var isIn = holds(scalar)
        if !isIn, ignoresCase {
            let (lower, upper) = (scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping)
            for folded in [lower, upper] where folded.unicodeScalars.count == 1 {
                if let other = folded.unicodeScalars.first, other != scalar, holds(other) { isIn = true }
            }
        }
        return isIn != isInverted
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        for range in ranges where range.contains(scalar.value) { return true }
        for set in excluded where set.contains(scalar) { return true }
        guard !categories.isEmpty else { return false }
        let category = scalar.properties.generalCategory.shortName
        return categories.contains { category.hasPrefix($0) }
    }

    /// The one ASCII character that this set is, if it is one.
    var singleASCII: UInt8? {
        guard !isInverted, !ignoresCase, categories.isEmpty, excluded.isEmpty, ranges.count == 1,
            ranges[0].lowerBound == ranges[0].upperBound, ranges[0].lowerBound < 0x80
        else { return nil }
        return UInt8(ranges[0].lowerBound)
    }

    static let digits = ScalarSet(48...57)
    static let word = ScalarSet(48...57, 65...90, 95...95, 97...122)
    static let blanks = ScalarSet(9...10, 12...13, 32...32)
    static let all = ScalarSet(0...0x10FFFF)
    static let allButNewline = ScalarSet(0...9, 11...0x10FFFF)
}

extension Unicode.GeneralCategory {
    /// The two-letter name.
    var shortName: String {
        switch self {
        case .uppercaseLetter: "Lu"
        case .lowercaseLetter: "Ll"
        case .titlecaseLetter: "Lt"
        case .modifierLetter: "Lm"
        case .otherLetter: "Lo"
        case .nonspacingMark: "Mn"
        case .spacingMark: "Mc"
        case .enclosingMark: "Me"
        case .decimalNumber: "Nd"
        case .letterNumber: "Nl"
        case .otherNumber: "No"
        case .connectorPunctuation: "Pc"
        case .dashPunctuation: "Pd"
        case .openPunctuation: "Ps"
        case .closePunctuation: "Pe"
        case .initialPunctuation: "Pi"
        case .finalPunctuation: "Pf"
        case .otherPunctuation: "Po"
        case .mathSymbol: "Sm"
        case .currencySymbol: "Sc"
        case .modifierSymbol: "Sk"
        case .otherSymbol: "So"
        case .spaceSeparator: "Zs"
        case .lineSeparator: "Zl"
        case .paragraphSeparator: "Zp"
        case .control: "Cc"
        case .format: "Cf"
        case .surrogate: "Cs"
        case .privateUse: "Co"
        case .unassigned: "Cn"
        @unknown default: "Cn"
        }
    }
}
