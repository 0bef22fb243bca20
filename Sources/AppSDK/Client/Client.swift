import Foundation
import JSON
import Wire

/// Sends events to the orchestrator.
///
/// ```swift
/// let client = Client()
/// try await client.send(SignedUp(userID: "7", email: "ada@example.com"))
/// ```
///
/// In a function, send by ``Step/sendEvent(_:_:eventID:user:date:)``, which sends once.
public struct Client: Sendable {
    let configuration: Configuration
    private let middleware: MiddlewareStack

    /// The most events that are sent at once.
    public static let maximumEvents = 5000

    /// A client; without a configuration, one that the environment describes.
    public init(_ configuration: Configuration = Configuration()) {
        self.init(configuration, middleware: MiddlewareStack(configuration.middleware))
    }

    init(_ configuration: Configuration, middleware: MiddlewareStack) {
        self.configuration = configuration
        self.middleware = middleware
    }

    /// Sends an event. Returns the id under which it was taken in.
    ///
    /// - Parameters:
    ///   - id: an idempotency key: within 24 hours, an event with the same id starts each function once at most.
    ///   - user: who caused it.
    ///   - date: when it happened; nil for now. Runs of an event in the future start at that time.
    /// - Throws: ``SendError``.
    @discardableResult
    public func send(
        _ payload: some EventPayload, id: String? = nil, user: JSONValue? = nil, date: Date? = nil
    ) async throws -> String {
        try await send([OutgoingEvent(payload, id: id, user: user, date: date)]).first ?? ""
    }

    /// Sends events, all in one request. Returns the ids under which they were taken in, in order.
    ///
    /// - Parameter events: at most 5000.
    /// - Throws: ``SendError``; ``NonRetriableError`` where a payload is no JSON object.
    @discardableResult
    public func send(_ events: [OutgoingEvent]) async throws -> [String] {
        try await send(events, seed: .random(at: configuration.clock()))
    }

    func send(_ events: [OutgoingEvent], seed: EventSeed) async throws -> [String] {
        var sending = Sending(seed: seed, time: configuration.clock())
        return try await middleware.send(events) { try await post($0, in: &sending) }
    }

    private func post(_ events: [OutgoingEvent], in sending: inout Sending) async throws -> [String] {
        if events.isEmpty { return [] }
        guard events.count <= Self.maximumEvents else {
            throw NonRetriableError("\(events.count) events at once, at most \(Self.maximumEvents): send them in parts")
        }
        let plain = try events.map { [sending] in try $0.encode(now: sending.time) }
        let seed = sending.seed(of: plain)
        var encoded: [JSON] = []
        for (event, json) in zip(events, plain) { encoded.append(try await encode(json, of: event)) }
        let body = JSON.array(encoded)
        var headers = configuration.identity
        headers["content-type"] = "application/json"
        headers[HeaderName.eventIDSeed] = seed.header
        let url = "\(configuration.eventOrigin)/e/\(try eventKey)"
        let request = OutgoingRequest(method: "POST", url: url, headers: headers, body: Array(body.bytes))
        return try read(try await sendPatiently(request))
    }

    private func encode(_ json: JSON, of event: OutgoingEvent) async throws -> JSON {
        guard !middleware.isEmpty, let data = json["data"] else { return json }
        return json.merging(["data": try await middleware.encode(data, as: .event(name: event.name))])
    }

    private var eventKey: String {
        get throws {
            if let key = configuration.eventKey { return queryValue(key) }
            guard configuration.mode == .dev else {
                throw SendError(
                    status: nil, acceptedIDs: [],
                    description: "no event key: set INNGEST_EVENT_KEY, or INNGEST_DEV=1 for a dev server")
            }
            return "NO_EVENT_KEY_SET"
        }
    }

    private static let attempts = 5

    /// Sends again when there was no answer, or one that may be better the next time. The seed makes that safe.
    private func sendPatiently(_ request: OutgoingRequest) async throws -> IncomingResponse {
        var delay = Duration.milliseconds(100)
        var attempt = 0
        while true {
            attempt += 1
            do {
                let response = try await configuration.transport.send(request)
                let mayHelp = response.status >= 500 || response.status == 429
                if !mayHelp || attempt == Self.attempts { return response }
            } catch {
                try Task.checkCancellation()
                if attempt == Self.attempts {
                    throw SendError(
                        status: nil, acceptedIDs: [],
                        description: "no answer from \(configuration.eventOrigin) in \(attempt) attempts: "
                            + explanation(of: error))
                }
            }
            try await configuration.pause(delay * Double.random(in: 1...1.5))
            delay *= 2
        }
    }

    private func read(_ response: IncomingResponse) throws -> [String] {
        let json = try? JSON(parsing: response.body)
        let ids = json?["ids"]?.elements.compactMap(\.string) ?? []
        let status = json?["status"]?.int ?? response.status
        guard response.isSuccess, status == 200, json != nil else {
            let reason = json?["error"]?.string ?? response.excerpt
            throw SendError(
                status: response.status, acceptedIDs: ids,
                description: "\(configuration.eventOrigin) answered HTTP \(response.status) to events: \(reason)")
        }
        return ids
    }
}
