import Foundation
import HTTPTypes
import Hummingbird
import JSON

/// Events that come as HTML forms send them.
///
/// The field `name` (or the query's) is the event's name, `id`, `ts` and `v` stand for themselves, `data` may hold the
/// whole data as JSON; every other field becomes a member of the data, a list where it comes more than once.
enum FormEvents {
    /// The event in a form; nil where the body is none.
    /// - Throws: ``APIError`` 400.
    static func event(in request: Request, body: [UInt8]) throws -> JSON? {
        let type = request.headers[.contentType] ?? ""
        let fields: [(String, String)]
        switch type.prefix(while: { $0 != ";" }).lowercased().trimmingCharacters(in: .whitespaces) {
        case "application/x-www-form-urlencoded":
            // Some clients say this of JSON: it is what curl says of everything.
            if let first = body.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
                return nil
            }
            fields = urlEncoded(body)
        case "multipart/form-data":
            fields = try multipart(body, type: type)
        default: return nil
        }
        return try event(of: fields, named: QueryParameters(request)["name"])
    }

    private static func event(of fields: [(String, String)], named fallback: String?) throws -> JSON {
        var event: [String: JSON] = [:]
        var data: [String: [JSON]] = [:]
        for (key, value) in fields {
            switch key {
            case "name", "id", "v": event[key] = .string(value)
            case "ts": event[key] = Int(value).map(JSON.int) ?? .string(value)
            case "data":
                guard let object = try? JSON(parsing: value, limits: .intake), object.kind == .object else {
                    throw APIError(.badRequest, "data: a JSON object is expected in this field")
                }
                for member in object.members { data[member.key, default: []].append(member.value) }
            default: data[key, default: []].append(.string(value))
            }
        }
        if event["name"] == nil { event["name"] = fallback.map(JSON.string) }
        event["data"] = .object(data.map { ($0.key, $0.value.count == 1 ? $0.value[0] : .array($0.value)) })
        return .object(event.map { ($0.key, Optional($0.value)) })
    }

    private static func urlEncoded(_ body: [UInt8]) -> [(String, String)] {
        func decoded(_ text: Substring) -> String {
            let spaced = text.replacing("+", with: " ")
            return String(spaced).removingPercentEncoding ?? String(spaced)
        }
        return String(decoding: body, as: UTF8.self).split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : "")
        }
    }

    private static func multipart(_ body: [UInt8], type: String) throws -> [(String, String)] {
        guard let boundary = type.firstMatch(of: /boundary="?([^";]{1,70})"?/)?.output.1 else {
            throw APIError(.badRequest, "Content-Type: the boundary of the multipart form is missing")
        }
        var fields: [(String, String)] = []
        for part in Data(body).split(on: Data("--\(boundary)".utf8)).dropFirst() {
            guard let end = part.range(of: Data("\r\n\r\n".utf8)) else { continue }
            let head = String(decoding: part[..<end.lowerBound], as: UTF8.self)
            guard let name = head.firstMatch(of: /name="([^"]*)"/)?.output.1 else { continue }
            guard !head.contains("filename=") else {
                throw APIError(.badRequest, "\(name): files are not taken; store them elsewhere and send a reference")
            }
            var content = part[end.upperBound...]
            if content.suffix(2) == Data("\r\n".utf8) { content = content.dropLast(2) }
            fields.append((String(name), String(decoding: content, as: UTF8.self)))
        }
        return fields
    }
}

extension Data {
    fileprivate func split(on separator: Data) -> [Data] {
        var parts: [Data] = []
        var start = startIndex
        while let range = self[start...].range(of: separator) {
            parts.append(self[start..<range.lowerBound])
            start = range.upperBound
        }
        return parts + [self[start...]]
    }
}
