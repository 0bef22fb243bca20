/// A path of the API with its query, escaped.
struct APIPath: ExpressibleByStringInterpolation, Sendable {
    let text: String

    /// Text that is in the program.
    init(stringLiteral text: String) { self.text = text }

    init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    private init(text: String) { self.text = text }

    /// With the parameters that have a value.
    func adding(_ parameters: [(String, String?)]) -> APIPath {
        var result = text
        for (name, value) in parameters {
            guard let value else { continue }
            result += (result.contains("?") ? "&" : "?") + name + "=" + Self.escape(value)
        }
        return APIPath(text: result)
    }

    /// Escapes all but the unreserved characters of RFC 3986, so that a value can't leave its place.
    static func escape(_ value: String) -> String {
        value.utf8.map { byte in
            let scalar = Unicode.Scalar(byte)
            let isUnreserved = scalar.isASCII && (scalar.properties.isAlphabetic || (48...57).contains(byte))
            if isUnreserved || "-._~".unicodeScalars.contains(scalar) { return String(scalar) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }

    /// Values put into a path are escaped.
    struct Interpolation: StringInterpolationProtocol {
        var text = ""
        init(literalCapacity: Int, interpolationCount: Int) {}
        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ value: String) { text += APIPath.escape(value) }
    }
}
