import JSON

/// A value of the run: it stands in the code unless it is too large.
enum CopiedValue {
    case whole(JSON)
    case tooLarge(bytes: Int)

    /// Bytes of a value that stands in the code.
    static let limit = 32_768

    init(_ json: JSON) {
        self = json.bytes.count > Self.limit ? .tooLarge(bytes: json.bytes.count) : .whole(json)
    }

    /// Nil where it is too large.
    var json: JSON? { if case .whole(let json) = self { json } else { nil } }

    /// What stands for a value that is too large.
    func note(_ what: String = "data") -> String? {
        guard case .tooLarge(let bytes) = self else { return nil }
        return SwiftCode.comment("The \(what) has \(bytes) bytes, which is too much to stand here: put them in.")
    }
}
