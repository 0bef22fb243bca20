import Foundation
import JSON
import Wire

/// An event to be sent.
public struct OutgoingEvent: Sendable {
    /// The name, such as `"shop/order.paid"`.
    public var name: String
    /// An idempotency key: within 24 hours, an event with the same id starts each function once at most.
    public var id: String?
    /// Who caused it.
    public var user: JSONValue?
    /// When it happened; nil for now. Runs of an event in the future start at that time.
    public var date: Date?
    /// Your version of the payload.
    public var version: String?
    /// The payload: it is encoded to a JSON object.
    public var data: any Encodable & Sendable

    /// An event of a type of yours.
    public init(
        _ payload: some EventPayload, id: String? = nil, user: JSONValue? = nil, date: Date? = nil,
        version: String? = nil
    ) {
        self.init(name: type(of: payload).eventName, payload: payload, id: id, user: user, date: date, version: version)
    }

    /// An event without a type. Its data is an object.
    public init(
        name: String, data: JSONValue = [:], id: String? = nil, user: JSONValue? = nil, date: Date? = nil,
        version: String? = nil
    ) {
        self.init(name: name, payload: data, id: id, user: user, date: date, version: version)
    }

    private init(
        name: String, payload: any Encodable & Sendable, id: String?, user: JSONValue?, date: Date?, version: String?
    ) {
        self.name = name
        data = payload
        self.id = id
        self.user = user
        self.date = date
        self.version = version
    }

    /// The event as `/e` takes it.
    /// - Throws: ``NonRetriableError`` where the payload is no JSON object: sending it again gives nothing else.
    package func encode(now: Timestamp) throws -> JSON {
        let data: JSON
        do {
            data = try JSON(encoding: self.data)
        } catch {
            throw NonRetriableError("the event '\(name)' cannot be encoded: \(explanation(of: error))")
        }
        guard data.kind == .object else {
            throw NonRetriableError(
                "the data of the event '\(name)' is a JSON \(data.kind.rawValue); make it an object")
        }
        let time = date.map { Timestamp($0) } ?? now
        return [
            "data": data, "id": id.map(JSON.string), "name": .string(name), "ts": .int(time.milliseconds),
            "user": try user.map { try JSON(encoding: $0) }, "v": version.map(JSON.string),
        ]
    }
}
