import JSON

/// An event in the form that functions get to see: `{data, id, name, ts, user, v?}`, canonical.
///
/// The text is kept whole; the few fields that decisions need are read from it.
package struct Event: Hashable, Sendable {
    /// The orchestrator's own id, which `/e` answers with.
    package let internalID: ULID
    package let name: String
    package let time: Timestamp
    /// The event as calls carry it.
    package let json: JSON
    /// The id that the sender gave it, for idempotency.
    package let senderID: String?

    /// Takes an event that was checked before: made here, or read back from a store.
    package init(internalID: ULID, name: String, time: Timestamp, json: JSON, senderID: String?) {
        self.internalID = internalID
        self.name = name
        self.time = time
        self.json = json
        self.senderID = senderID
    }

    /// Checks an event as it came from outside and gives it its final form.
    ///
    /// - Parameter received: the time for an event without `ts`.
    /// - Throws: ``InvalidEvent``.
    package init(_ raw: JSON, internalID: ULID, received: Timestamp) throws(InvalidEvent) {
        guard raw.kind == .object else { throw InvalidEvent("an event is an object, not a \(raw.kind.rawValue)") }
        guard let name = raw["name"]?.string, !name.isEmpty else {
            throw InvalidEvent("name: an event needs a name, a text that is not empty")
        }
        guard name.utf8.count <= Self.longestName else {
            throw InvalidEvent("name: longer than \(Self.longestName) bytes")
        }
        guard !name.lowercased().hasPrefix("inngest/") else {
            throw InvalidEvent("name: the prefix 'inngest/' is reserved for internal events")
        }
        guard raw.bytes.count <= Self.maximumSize else {
            throw InvalidEvent("larger than \(Self.maximumSize) bytes; store large data elsewhere and send a reference")
        }
        let senderID = try Self.optionalString(raw, "id").flatMap { $0.isEmpty ? nil : $0 }
        self.init(
            internalID: internalID, name: name, data: try Self.object(raw, "data").merging(["_inngest": nil]),
            user: try Self.object(raw, "user"), time: try Self.time(raw, received: received), senderID: senderID,
            version: try Self.optionalString(raw, "v"), meta: try Self.meta(raw))
    }

    /// Makes an event of parts.
    package init(
        internalID: ULID, name: String, data: JSON = .emptyObject, user: JSON = .emptyObject, time: Timestamp,
        senderID: String? = nil, version: String? = nil, meta: JSON? = nil
    ) {
        self.internalID = internalID
        self.name = name
        self.time = time
        self.senderID = senderID
        json = [
            "data": data, "id": .string(senderID ?? internalID.description), "meta": meta, "name": .string(name),
            "ts": .int(time.milliseconds), "user": user, "v": version.map(JSON.string),
        ]
    }

    /// The data of the event.
    package var data: JSON { json["data"] ?? .emptyObject }

    /// Whether the orchestrator made it.
    package var isInternal: Bool { name.hasPrefix(InternalEvent.prefix) }

    /// The largest event, in bytes of canonical JSON (3 MiB).
    package static let maximumSize = 3 << 20

    /// The longest name, in bytes of UTF-8.
    package static let longestName = 512

    private static let timeRange = 315_532_800_000...4_102_444_800_000  // the years 1980 to 2100

    private static func time(_ raw: JSON, received: Timestamp) throws(InvalidEvent) -> Timestamp {
        guard let ts = raw["ts"], !ts.isNull else { return received }
        guard let milliseconds = ts.int else {
            throw InvalidEvent("ts: Unix milliseconds, a whole number, are expected")
        }
        if milliseconds == 0 { return received }
        guard timeRange.contains(milliseconds) else {
            throw InvalidEvent("ts: \(milliseconds) is not between the years 1980 and 2100; it counts milliseconds")
        }
        return Timestamp(milliseconds: Int64(milliseconds))
    }

    /// What the sender says about the event; the sessions that it belongs to are few and short.
    private static func meta(_ raw: JSON) throws(InvalidEvent) -> JSON? {
        guard let meta = try optionalObject(raw, "meta") else { return nil }
        guard let sessions = meta["sessions"], !sessions.isNull else { return meta }
        guard sessions.kind == .object else {
            throw InvalidEvent("meta.sessions: an object of key and id is expected, not a \(sessions.kind.rawValue)")
        }
        let members = Array(sessions.members)
        guard members.count <= 5 else { throw InvalidEvent("meta.sessions: \(members.count); the limit is 5") }
        for member in members {
            let key = member.key
            guard key.utf8.count <= 128 else { throw InvalidEvent("meta.sessions: a key is longer than 128 bytes") }
            // Null takes a session away that would be inherited.
            guard member.value.isNull || (member.value.string.map { $0.utf8.count <= 512 } ?? false) else {
                throw InvalidEvent("meta.sessions.\(key): a text of 512 bytes at most is expected")
            }
        }
        return meta
    }

    private static func object(_ raw: JSON, _ key: String) throws(InvalidEvent) -> JSON {
        try optionalObject(raw, key) ?? .emptyObject
    }

    private static func optionalObject(_ raw: JSON, _ key: String) throws(InvalidEvent) -> JSON? {
        guard let value = raw[key], !value.isNull else { return nil }
        guard value.kind == .object else {
            throw InvalidEvent("\(key): an object is expected, not a \(value.kind.rawValue)")
        }
        return value
    }

    private static func optionalString(_ raw: JSON, _ key: String) throws(InvalidEvent) -> String? {
        guard let value = raw[key], !value.isNull else { return nil }
        guard let string = value.string else {
            throw InvalidEvent("\(key): a text is expected, not a \(value.kind.rawValue)")
        }
        return string
    }
}

/// Why an event is refused: the field at fault and what it should be.
package struct InvalidEvent: Error, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// The events that the orchestrator makes itself.
package enum InternalEvent {
    package static let prefix = "inngest/"
    package static let functionFinished = "inngest/function.finished"
    package static let functionFailed = "inngest/function.failed"
    package static let functionCancelled = "inngest/function.cancelled"
    package static let functionInvoked = "inngest/function.invoked"
    package static let cronTick = "inngest/scheduled.timer"
    package static let deferred = "inngest/deferred.schedule"
    package static let httpRequest = "inngest/http.request"
}
