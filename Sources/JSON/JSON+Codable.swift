import Foundation

extension JSON {
    /// Encodes a value. Dates become ISO 8601 strings with milliseconds, data becomes base64.
    ///
    /// - Throws: `EncodingError`, or ``JSONError`` where the text breaks a limit.
    package init(encoding value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.formatted(Self.dateFormat))
        }
        try self.init(parsing: Array(encoder.encode(value)))
    }

    /// Decodes a value. Dates may be ISO 8601 strings with or without fractions, or Unix milliseconds.
    ///
    /// - Throws: `DecodingError`.
    package func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            if let milliseconds = try? container.decode(Double.self) {
                return Date(timeIntervalSince1970: milliseconds / 1000)
            }
            let text = try container.decode(String.self)
            if let date = (try? Self.dateFormat.parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text)) {
                return date
            }
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "'\(text)' is no ISO 8601 date such as 2026-11-23T12:00:00.000Z")
        }
        return try decoder.decode(type, from: Data(bytes))
    }

    private static let dateFormat = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
