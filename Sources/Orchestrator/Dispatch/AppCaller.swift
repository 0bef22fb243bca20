import AsyncHTTPClient
import Engine
import Foundation
import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import Wire

/// Makes calls to apps over HTTP.
struct AppCaller: Sendable {
    private let client: HTTPClient
    private let signingKey: SigningKey?

    /// - Parameter signingKey: signs the calls; nil in `dev`.
    init(client: HTTPClient, signingKey: SigningKey?) {
        self.client = client
        self.signingKey = signingKey
    }

    /// How long an app may take for a call: the protocol's two hours.
    static let timeout = TimeAmount.hours(2)
    private static let maximumRedirects = 5

    /// Makes a call. Whatever happens on the way comes back as an outcome.
    func make(_ call: Call) async -> FinishCall {
        do {
            let response = try await send(call)
            return FinishCall(
                call.key, lease: call.lease, outcome: response.interpret(), status: response.status,
                requestVersion: response.requestVersion)
        } catch {
            let failed = CallOutcome.failed(Self.explain(error, url: call.url), retriable: true, retryAfter: nil)
            return FinishCall(call.key, lease: call.lease, outcome: failed)
        }
    }

    private func send(_ call: Call) async throws -> CallResponse {
        let body = call.request.encode()
        var url = CallURL.make(call.url, step: call.request.targetStep)
        var redirects = 0
        while true {
            let response = try await client.execute(request(url, body, call), timeout: Self.timeout)
            guard (301...308).contains(response.status.code), response.status.code != 304,
                let location = response.headers.first(name: "location"), redirects < Self.maximumRedirects,
                let target = CallURL.redirect(location, from: url)
            else { return try await read(response) }
            redirects += 1
            url = target
        }
    }

    private func request(_ url: String, _ body: [UInt8], _ call: Call) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = [
            "content-type": "application/json",
            HeaderName.runID: call.request.runID.description,
            HeaderName.requestID: call.request.requestID,
            HeaderName.serverKind: (signingKey == nil ? ServerKind.dev : .cloud).rawValue,
        ]
        if call.request.version >= 0 {
            request.headers.add(name: HeaderName.requestVersion, value: String(call.request.version))
        }
        if let signingKey {
            request.headers.add(name: HeaderName.signature, value: signingKey.sign(body, at: .wall))
        }
        request.body = .bytes(ByteBuffer(bytes: body))
        return request
    }

    private func read(_ response: HTTPClientResponse) async throws -> CallResponse {
        var headers: [String: String] = [:]
        for (name, value) in response.headers { headers[name.lowercased()] = value }
        let body = try await response.body.collect(upTo: CallResponse.maximumSize)
        return CallResponse(status: Int(response.status.code), headers: headers, body: Array(buffer: body))
    }

    /// Says in the operator's words why there was no answer.
    static func explain(_ error: any Error, url: String) -> ReportedError {
        let place = url.prefix { $0 != "?" }
        switch error {
        case is NIOTooManyBytesError:
            return ReportedError(
                name: "OutputTooLarge",
                message: "the app's answer is larger than \(CallResponse.maximumSize) bytes (output_too_large)")
        case let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout:
            return ReportedError(
                name: "CallTimedOut", message: "the app at \(place) did not answer in time (request_duration_too_long)")
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            return ReportedError(
                name: "ConnectionClosed", message: "the app at \(place) closed the connection without an answer")
        default:
            return ReportedError(
                name: "AppUnreachable",
                message: "the app at \(place) can't be reached: \(reason(for: error)) (http_unreachable)")
        }
    }

    static func reason(for error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError where error.dnsAError != nil && error.dnsAAAAError != nil:
            return "there is no host '\(error.host)'"
        case let error as NIOConnectionError:
            let causes = error.connectionErrors.map { failure in
                (failure.error as? IOError)?.errnoCode == ECONNREFUSED
                    ? "nothing listens on port \(error.port)" : "\(failure.error)"
            }
            return causes.isEmpty ? "\(error)" : Set(causes).sorted().joined(separator: "; ")
        case let error as HTTPClientError where error == .connectTimeout: return "connecting takes too long"
        case let error as HTTPClientError: return error.shortDescription
        default: return "\(error)"
        }
    }
}
