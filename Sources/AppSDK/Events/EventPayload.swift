/// The data of one kind of event, and the name under which it travels.
///
/// ```swift
/// struct SignedUp: EventPayload {
///     static let eventName = "app/user.signed.up"
///     var userID: String
///     var email: String
/// }
/// ```
///
/// The type is encoded to a JSON object. Names are shared by everyone who sends or handles the event;
/// the prefix `inngest/` is reserved. An event is at most 3 MiB.
public protocol EventPayload: Codable, Sendable {
    /// The event's name, such as `"shop/order.paid"`: 1 to 255 bytes.
    static var eventName: String { get }
}
