import JSON

/// An app's answer to a call, as HTTP carries it.
package struct CallResponse: Sendable {
    package var status: Int
    /// Header names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The largest answer that is read, in bytes.
    package static let maximumSize = 8 << 20
    /// The most ops in one answer.
    package static let maximumOps = 1000
}

/// What an answer means.
package enum CallOutcome: Sendable {
    /// Steps were found or run.
    case ops([Op], retryAfter: RetryAfter?)
    /// The function returned.
    case returned(JSON)
    /// The call failed; another may succeed unless `retriable` is false.
    case failed(ReportedError, retriable: Bool, retryAfter: RetryAfter?)
}

/// When an app asks to be called again.
package enum RetryAfter: Hashable, Sendable {
    case delay(Duration)
    case time(Timestamp)

    /// Reads the header: up to seven digits are seconds, anything else is RFC 3339 or an HTTP date.
    package init?(_ header: String) {
        let text = header.trimmingPrefix(while: { $0 == " " })
        if text.count <= 7, let seconds = Int64(text), seconds >= 0 {
            self = .delay(.seconds(seconds))
        } else if let time = Timestamp(rfc3339: String(text)) ?? HTTPDate.parse(String(text)) {
            self = .time(time)
        } else {
            return nil
        }
    }

    package func time(from now: Timestamp) -> Timestamp {
        switch self {
        case .delay(let delay): now + delay
        case .time(let time): time
        }
    }
}

extension CallResponse {
    /// The answer in the envelope of a streamed one: after HTTP 201 comes white space, to keep the connection alive, and
    /// then `{status, headers, body}`. The answer itself where it is no such.
    package func unwrapped() -> CallResponse {
        guard status == 201, let envelope = try? JSON(parsing: body), let status = envelope["status"]?.int
        else { return self }
        var inner = CallResponse(status: status, headers: headers, body: [])
        for member in envelope["headers"]?.members ?? JSON.emptyObject.members {
            inner.headers[member.key.lowercased()] = member.value.string ?? member.value.text
        }
        let content = envelope["body"] ?? .null
        if let text = content.string, (try? JSON(parsing: text)) != nil {
            inner.body = Array(text.utf8)
        } else {
            inner.body = Array(content.bytes)
        }
        return inner
    }

    /// The protocol version that the app speaks, if it says.
    package var requestVersion: Int? { headers[HeaderName.requestVersion].flatMap { Int($0) } }

    /// Reads the answer by the rules of the protocol: who answered, with what status, and what is in the body.
    package func interpret() -> CallOutcome {
        if status == 201 {
            let inner = unwrapped()
            guard inner.status != 201 else {
                return invalid("a streamed answer (HTTP 201) did not end in {\"status\":…,\"headers\":…,\"body\":…}")
            }
            return inner.interpret()
        }
        let retryAfter = headers[HeaderName.retryAfter].flatMap(RetryAfter.init)
        guard headers[HeaderName.sdk] != nil else {
            return .failed(notAnSDK, retriable: true, retryAfter: retryAfter)
        }
        switch status {
        case 206: return interpretOps(retryAfter: retryAfter)
        case 200: return interpretReturn()
        default:
            let retriable = headers[HeaderName.noRetry]?.lowercased() != "true"
            return .failed(reportedError, retriable: retriable, retryAfter: retryAfter)
        }
    }

    private var notAnSDK: ReportedError {
        let excerpt = String(decoding: body.prefix(500), as: UTF8.self)
        return ReportedError(
            name: "NotAnApp",
            message: "the server at the app's URL returned HTTP \(status) without the header X-Inngest-SDK: "
                + "the request did not reach the app, or a proxy answered for it",
            data: body.isEmpty ? nil : Optional(.string(excerpt)),
            code: (200..<300).contains(status) ? "not_sdk" : "http_not_ok")
    }

    private func invalid(_ reason: String) -> CallOutcome {
        .failed(ReportedError(name: "InvalidResponse", message: reason), retriable: true, retryAfter: nil)
    }

    private func interpretReturn() -> CallOutcome {
        if body.allSatisfy({ $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }) { return .returned(.null) }
        do {
            return .returned(try JSON(parsing: body, limits: .intake))
        } catch {
            return invalid("the function's result is \(error)")
        }
    }

    private func interpretOps(retryAfter: RetryAfter?) -> CallOutcome {
        do {
            let json = body.isEmpty ? JSON.null : try JSON(parsing: body, limits: .intake)
            let elements: [JSON] =
                switch json.kind {
                case .null: []
                case .array: Array(json.elements)
                default: [json]
                }
            guard elements.count <= Self.maximumOps else {
                return .failed(
                    ReportedError(
                        name: "InngestErrFunctionOverflowed",
                        message: "the app reported \(elements.count) steps at once; the limit is \(Self.maximumOps)"),
                    retriable: false, retryAfter: nil)
            }
            return .ops(try elements.map { try Op($0) }, retryAfter: retryAfter)
        } catch {
            return invalid("the app's list of steps (HTTP 206) is refused: \(error)")
        }
    }

    private var reportedError: ReportedError {
        if let json = try? JSON(parsing: body, limits: .intake) {
            var error = ReportedError(json)
            // All SDKs answer so to what is not signed as they want it.
            if status == 401, error.code == nil { error.code = "sig_verification_failed" }
            return error
        }
        let text = String(decoding: body.prefix(2000), as: UTF8.self)
        return ReportedError(name: "Error", message: text.isEmpty ? "HTTP \(status) without a body" : text)
    }
}

extension String {
    fileprivate func trimmingPrefix(while predicate: (Character) -> Bool) -> Substring { drop(while: predicate) }
}
