/// Why an app is not there, with the protocol's code for it.
struct AppProblem: Hashable, Sendable, CustomStringConvertible {
    enum Code: String, Sendable {
        case unauthorized, forbidden, unreachable
        case urlNotFound = "url_not_found"
        case serverError = "internal_server_error"
        case notSDK = "not_sdk"
        case unsupportedProtocol = "unsupported_protocol"
        case noFunctions = "no_functions"
        case invalidFunction = "invalid_function"
        case invalidSigningKey = "invalid_signing_key"
        case missingSigningKey = "missing_signing_key"
        case missingHeader = "http_missing_header"
        case wrongSignature = "sig_verification_failed"
        case unknown
    }

    let code: Code
    let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// What an app means that answers a sync with an error.
    static func code(status: Int, message: String) -> Code {
        let text = message.lowercased()
        if text.contains("signing key") {
            return text.contains("missing") || text.contains("no signing key") || text.contains("not set")
                ? .missingSigningKey : .invalidSigningKey
        }
        return switch status {
        case 401: .unauthorized
        case 403: .forbidden
        case 404, 410: .urlNotFound
        case 500...: .serverError
        default: .unknown
        }
    }
}
