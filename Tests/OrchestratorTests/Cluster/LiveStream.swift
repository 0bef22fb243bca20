import AsyncHTTPClient
import Foundation
import JSON
import NIOCore
import Wire

/// A browser that watches: the server-sent events of `/v1/live`, one connection.
struct LiveStream: AsyncSequence {
    struct Frame: Sendable {
        let id: String
        let name: String
        let data: JSON

        /// The runs that it tells of, and their status.
        var runs: [String: String] {
            let pairs = data["runs"]?.elements.map { ($0["run_id"]?.string ?? "", $0["status"]?.string ?? "") }
            return Dictionary(pairs ?? []) { $1 }
        }

        /// The ids of the events that it tells of.
        var events: [String] { data["events"]?.elements.compactMap { $0["id"]?.string } ?? [] }
    }

    private let body: HTTPClientResponse.Body

    /// Connects; returns when the server has answered.
    init(of node: RealNode, after last: String? = nil) async throws {
        var request = HTTPClientRequest(url: node.api.url + "/v1/live")
        let key = try SigningKey(RunningOrchestrator.signingKeyText)
        request.headers.add(name: "authorization", value: "Bearer \(key.hashed)")
        if let last { request.headers.add(name: "last-event-id", value: last) }
        body = try await HTTPClient.shared.execute(request, timeout: .seconds(120)).body
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        var body: HTTPClientResponse.Body.AsyncIterator
        var text = ""

        mutating func next() async throws -> Frame? {
            while true {
                while let end = text.range(of: "\n\n") {
                    let lines = text[..<end.lowerBound].split(separator: "\n")
                    text.removeSubrange(..<end.upperBound)
                    func value(_ name: String) -> String? {
                        lines.first { $0.hasPrefix(name + ": ") }.map { String($0.dropFirst(name.count + 2)) }
                    }
                    // Others are comments, and advice to the browser.
                    guard let id = value("id"), let event = value("event"), let data = value("data") else { continue }
                    return Frame(id: id, name: event, data: try JSON(parsing: Array(data.utf8)))
                }
                guard let bytes = try await body.next() else { return nil }
                text += String(buffer: bytes)
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body: body.makeAsyncIterator()) }
}

extension LiveStream.AsyncIterator {
    /// The next frames, up to the one that makes something true.
    mutating func frames(until isThere: ([LiveStream.Frame]) -> Bool) async throws -> [LiveStream.Frame] {
        var frames: [LiveStream.Frame] = []
        while !isThere(frames) {
            guard let frame = try await next() else { throw LiveStreamEnded(frames: frames) }
            frames.append(frame)
        }
        return frames
    }
}

struct LiveStreamEnded: Error {
    let frames: [LiveStream.Frame]
}
