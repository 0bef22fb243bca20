import Wire

/// How the SDK names itself.
enum SDKIdentity {
    static let language = "swift"
    static let version = "0.1.0"
    /// `swift:v0.1.0`, for headers and registrations.
    static let text = "\(language):v\(version)"
}

extension Configuration {
    /// The headers of every request and answer of the app.
    var identity: [String: String] {
        var headers = [HeaderName.sdk: SDKIdentity.text, "user-agent": SDKIdentity.text]
        headers[HeaderName.environment] = environmentName
        headers[HeaderName.platform] = platform
        return headers
    }
}
