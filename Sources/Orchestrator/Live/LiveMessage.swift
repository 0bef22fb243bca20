import JSON
import NIOCore
import Wire

/// One message of the live feed, encoded once for everybody.
struct LiveMessage: Sendable {
    /// Says when the feed began and which message of it this is, so that a client that comes back gets what it missed.
    struct ID: Hashable, Sendable, CustomStringConvertible {
        let feed: ULID
        let number: Int

        init(feed: ULID, number: Int) {
            self.feed = feed
            self.number = number
        }

        init?(_ text: String) {
            let parts = text.split(separator: "-")
            guard parts.count == 2, let feed = ULID(String(parts[0])), let number = Int(parts[1]) else { return nil }
            (self.feed, self.number) = (feed, number)
        }

        var description: String { "\(feed)-\(number)" }
    }

    let id: ID
    let name: String
    let data: JSON
    /// The runs that it is about; nil where they are not all known.
    let runs: Set<ULID>?

    /// The frame of a server-sent event.
    var frame: ByteBuffer { Self.frame(id: id, name: name, data: data) }

    static func frame(id: ID, name: String, data: JSON) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeString("id: \(id)\nevent: \(name)\ndata: ")
        // Canonical JSON has no line breaks.
        frame.writeBytes(data.bytes)
        frame.writeString("\n\n")
        return frame
    }

    /// Keeps proxies from closing a quiet stream, and finds out that a client has gone.
    static let heartbeat = ByteBuffer(string: ": \n\n")
}
