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
    private let limit: Duration

    /// - Parameters:
    ///   - signingKey: signs the calls; nil in `dev`.
    ///   - limit: how long a call may take, with its redirects.
    init(client: HTTPClient, signingKey: SigningKey?, limit: Duration) {
        self.client = client
        self.signingKey = signingKey
        self.limit = limit
    }

    private static let maximumRedirects = 5

    /// Makes a call. Whatever happens on the way comes back as an outcome.
    func make(_ call: Call) async -> FinishCall {
        do {
            let response = try await within(limit) { try await send(call) }.unwrapped()
            return FinishCall(
                call.key, lease: call.lease, outcome: response.interpret(), status: response.status,
                requestVersion: response.requestVersion)
        } catch {
            let failed = CallOutcome.failed(Self.explain(error, url: call.url), retriable: true, retryAfter: nil)
            return FinishCall(call.key, lease: call.lease, outcome: failed)
        }
    }

    private func send(_ call: Call) async throws -> CallResponse {
        if call.isEndpoint { return try await read(client.execute(endpointRequest(call), deadline: .distantFuture)) }
        let body = call.request.encode()
        let first = CallURL.make(call.url, step: call.request.targetStep)
        var url = first
        var redirects = 0
        while true {
            let response = try await client.execute(request(url, body, call), deadline: .distantFuture)
            guard (301...308).contains(response.status.code), response.status.code != 304,
                let location = response.headers.first(name: "location"), redirects < Self.maximumRedirects,
                let target = CallURL.redirect(location, from: url)
            else { return try await read(response) }
            // What is signed is meant for this app: another host could send it on as its own.
            guard signingKey == nil || CallURL.isSameHost(first, target) else { throw StrangeRedirect(target: target) }
            redirects += 1
            url = target
        }
    }

    /// An app sends signed calls on to another host.
    private struct StrangeRedirect: Error {
        let target: String
    }

    private func headers(_ call: Call) -> HTTPHeaders {
        [
            HeaderName.runID: call.request.runID.description,
            HeaderName.requestID: call.request.requestID,
            HeaderName.jobID: call.request.jobID,
            HeaderName.generationID: String(call.request.generation),
            HeaderName.stepID: call.request.targetStep?.hash ?? "step",
            HeaderName.serverKind: (signingKey == nil ? ServerKind.dev : .cloud).rawValue,
        ]
    }

    /// The request that began a run of an endpoint once more, marked as the orchestrator's.
    private func endpointRequest(_ call: Call) throws -> HTTPClientRequest {
        let endpoint = try Endpoint(call.request.events.first?["data"] ?? .null)
        var request = HTTPClientRequest(url: endpoint.url)
        request.method = HTTPMethod(rawValue: endpoint.method)
        request.headers = headers(call)
        request.headers.add(name: HeaderName.requestVersion, value: String(call.request.version))
        request.headers.add(
            name: HeaderName.forceStepPlan, value: String(call.request.disableImmediateExecution))
        if let contentType = endpoint.contentType { request.headers.add(name: "content-type", value: contentType) }
        if let signingKey {
            request.headers.add(name: HeaderName.signature, value: signingKey.sign(endpoint.body, at: .wall))
        }
        if !endpoint.body.isEmpty { request.body = .bytes(ByteBuffer(bytes: endpoint.body)) }
        return request
    }

    private func request(_ url: String, _ body: [UInt8], _ call: Call) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = headers(call)
        request.headers.add(name: "content-type", value: "application/json")
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
                name: "OutputTooLarge", message: "the app's answer is larger than \(CallResponse.maximumSize) bytes",
                code: "output_too_large")
        case let error as StrangeRedirect:
            return ReportedError(
                name: "RedirectRefused",
                message: "the app at \(place) redirects to \(error.target.prefix { $0 != "?" }), and signed calls are "
                    + "not sent on to another host: register that URL instead")
        case let error as AnswerTooLate:
            return ReportedError(
                name: "CallTimedOut",
                message: "the app at \(place) did not answer in full within \(error.limit)",
                code: "request_duration_too_long")
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            return ReportedError(
                name: "ConnectionClosed", message: "the app at \(place) closed the connection without an answer",
                code: "http_unreachable")
        default:
            return ReportedError(
                name: "AppUnreachable",
                message: "the app at \(place) can't be reached: \(reason(for: error))",
                code: "http_unreachable")
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
