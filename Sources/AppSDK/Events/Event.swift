import Foundation
import JSON

/// An event as a function gets it.
public struct Event<Data: Codable & Sendable>: Sendable {
    /// The sender's id, or the orchestrator's where the sender gave none.
    public let id: String
    /// The name, such as `"shop/order.paid"`.
    public let name: String
    /// The payload.
    public let data: Data
    /// Who caused it, as the sender said; an empty object where it said nothing.
    public let user: JSONValue
    /// When it happened, in milliseconds since 1970.
    public let ts: Int64
    /// The sender's version of the payload.
    public let version: String?

    /// When it happened.
    public var date: Date { Date(timeIntervalSince1970: Double(ts) / 1000) }

    /// Makes an event, for tests.
    public init(
        id: String = "", name: String, data: Data, user: JSONValue = [:], ts: Int64 = 0, version: String? = nil
    ) {
        self.id = id
        self.name = name
        self.data = data
        self.user = user
        self.ts = ts
        self.version = version
    }

    /// Reads an event off the wire.
    /// - Throws: `DecodingError` where the data does not fit the type.
    init(json: JSON) throws {
        self.init(
            id: json["id"]?.string ?? "", name: json["name"]?.string ?? "",
            data: try (json["data"] ?? .emptyObject).decode(Data.self),
            user: (try? json["user"]?.decode(JSONValue.self)) ?? [:],
            ts: Int64(json["ts"]?.int ?? 0), version: json["v"]?.string)
    }
}
