import AsyncHTTPClient
import Engine
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import Wire

/// Makes the HTTP requests that steps ask for (`step.fetch`, `step.ai.infer`).
struct StepFetcher: Sendable {
    let client: HTTPClient
    /// How long a request may take, with its redirects.
    let limit: Duration

    /// The largest result, in bytes of JSON: with the envelope that calls carry it in, it is a step's output.
    private static let maximumResult = Limits.stepOutputSize - #"{"data":}"#.utf8.count
    private static let maximumRedirects = 5

    /// Makes a request. Whatever happens on the way comes back as an outcome.
    func make(_ fetch: Fetch) async -> FinishFetch {
        func finished(_ outcome: FetchOutcome, status: Int? = nil) -> FinishFetch {
            FinishFetch(fetch.key, lease: fetch.lease, outcome: outcome, status: status)
        }
        let isInference = fetch.request.purpose == .inference
        let name = isInference ? "AIGatewayError" : "GatewayError"
        do {
            let request = try OutboundRequest(fetch.request.options, isInference: isInference)
            let (url, response, body) = try await within(limit) {
                let (url, response) = try await send(request)
                return (url, response, try await response.body.collect(upTo: Self.maximumResult))
            }
            let outcome = Self.outcome(request, url, response, Array(buffer: body))
            if case .data(let data) = outcome, data.bytes.count > Self.maximumResult {
                throw NIOTooManyBytesError(maxBytes: Self.maximumResult)
            }
            return finished(outcome, status: Int(response.status.code))
        } catch is NIOTooManyBytesError {
            let message =
                "the answer is larger than \(Self.maximumResult) bytes of JSON, more than a step may return; quotes, "
                + "line breaks and what is no UTF-8 take several bytes each"
            return finished(.failed(ReportedError(name: name, message: message), retriable: false, retryAfter: nil))
        } catch {
            let url = fetch.request.options["url"]?.string ?? ""
            let message = Self.explain(error, url)
            return finished(.failed(ReportedError(name: name, message: message), retriable: true, retryAfter: nil))
        }
    }

    private func send(_ request: OutboundRequest) async throws -> (url: String, HTTPClientResponse) {
        var (url, method, headers, body) = (request.url, request.method, request.headers, request.body)
        for _ in 0...Self.maximumRedirects {
            var sent = HTTPClientRequest(url: url)
            sent.method = HTTPMethod(rawValue: method)
            for (name, value) in headers.sorted(by: { $0.key < $1.key }) { sent.headers.add(name: name, value: value) }
            if !body.isEmpty { sent.body = .bytes(ByteBuffer(bytes: body)) }
            let response = try await client.execute(sent, deadline: .distantFuture)
            guard [301, 302, 303, 307, 308].contains(response.status.code),
                let location = response.headers.first(name: "location"),
                let target = URL(string: location, relativeTo: URL(string: url))?.absoluteString,
                CallURL.isCallable(target)
            else { return (url, response) }
            // As browsers do it: what is not said to be repeated becomes a GET, and secrets stay with the host they
            // were meant for.
            if response.status.code < 307, method != "HEAD" { (method, body) = ("GET", []) }
            if !CallURL.isSameOrigin(url, target) {
                headers = headers.filter { ["accept", "content-type", "user-agent"].contains($0.key) }
            }
            url = target
        }
        throw TooManyRedirects()
    }

    private struct TooManyRedirects: Error {}

    static func outcome(
        _ request: OutboundRequest, _ url: String, _ response: HTTPClientResponse, _ body: [UInt8]
    ) -> FetchOutcome {
        let text = String(decoding: body, as: UTF8.self)
        guard request.isInference else {
            var headers: [String: String] = [:]
            for (name, value) in response.headers {
                headers[name.lowercased()] = headers[name.lowercased()].map { $0 + ", " + value } ?? value
            }
            return .data([
                "body": .string(text), "headers": .object(headers.map { ($0.key, .string($0.value)) }),
                "status_code": .int(Int(response.status.code)), "url": .string(url),
            ])
        }
        guard response.status.code <= 299 else {
            let message = "the model answered with HTTP \(response.status.code): \(text.prefix(2000))"
            let error = ReportedError(
                name: "AIGatewayError", message: message, data: .string(String(text.prefix(16_384))))
            let retryAfter = response.headers.first(name: HeaderName.retryAfter).flatMap(RetryAfter.init)
            return .failed(error, retriable: true, retryAfter: retryAfter)
        }
        return .data((try? JSON(parsing: body, limits: .intake)) ?? .string(text))
    }

    private static func explain(_ error: any Error, _ url: String) -> String {
        let place = url.prefix { $0 != "?" }
        switch error {
        case is TooManyRedirects: return "\(place) redirects more than \(maximumRedirects) times"
        case let error as InvalidOutboundRequest: return error.description
        case let error as AnswerTooLate: return "\(place) did not answer in full within \(error.limit)"
        default: return "\(place) can't be reached: \(AppCaller.reason(for: error))"
        }
    }
}
