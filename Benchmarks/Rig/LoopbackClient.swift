import AsyncHTTPClient
import JSON
import NIOCore

/// Talks JSON to a server on this machine.
package struct LoopbackClient: Sendable {
    package let origin: String

    package init(origin: String) {
        self.origin = origin
    }

    package struct Answer: Sendable {
        package let status: Int
        package let body: [UInt8]

        package var json: JSON? { try? JSON(parsing: body) }
    }

    /// - Throws: what kept the request from being answered.
    package func send(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8] = []
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: origin + path)
        request.method = .RAW(value: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if !body.isEmpty { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let answer = try await response.body.collect(upTo: 64 << 20)
        return Answer(status: Int(response.status.code), body: Array(buffer: answer))
    }

    /// What a read answers under `data`.
    package func read(_ path: String) async throws -> JSON {
        let answer = try await send("GET", path)
        guard answer.status == 200, let data = answer.json?["data"] else { throw unexpected(answer, path) }
        return data
    }

    /// All elements of a list, page by page.
    package func readAll(_ path: String) async throws -> [JSON] {
        var elements: [JSON] = []
        var cursor = ""
        while true {
            let page = path + (path.contains("?") ? "&" : "?") + "limit=1000" + cursor
            let answer = try await send("GET", page)
            guard answer.status == 200, let json = answer.json, let data = json["data"] else {
                throw unexpected(answer, page)
            }
            elements += data.elements
            guard let next = json["page"]?["cursor"]?.string else { return elements }
            cursor = "&cursor=\(next)"
        }
    }

    private func unexpected(_ answer: Answer, _ path: String) -> RigError {
        RigError("\(path) answered \(answer.status): \(String(decoding: answer.body.prefix(500), as: UTF8.self))")
    }
}
