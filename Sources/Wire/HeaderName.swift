/// The headers of the protocol, in the lower case that HTTP/2 and swift-http-types use.
package enum HeaderName {
    package static let sdk = "x-inngest-sdk"
    package static let requestVersion = "x-inngest-req-version"
    package static let signature = "x-inngest-signature"
    package static let environment = "x-inngest-env"
    package static let platform = "x-inngest-platform"
    package static let framework = "x-inngest-framework"
    package static let serverKind = "x-inngest-server-kind"
    package static let expectedServerKind = "x-inngest-expected-server-kind"
    package static let syncKind = "x-inngest-sync-kind"
    package static let noRetry = "x-inngest-no-retry"
    package static let stepID = "x-inngest-step-id"
    package static let forceStepPlan = "x-inngest-force-step-plan"
    package static let runID = "x-run-id"
    package static let requestID = "x-request-id"
    package static let jobID = "x-inngest-job-id"
    package static let generationID = "x-inngest-generation-id"
    package static let eventIDSeed = "x-inngest-event-id-seed"
    package static let retryAfter = "retry-after"
}

/// How an orchestrator presents itself.
package enum ServerKind: String, Sendable {
    /// No authentication, no signatures, looks for apps by itself.
    case dev
    /// Keys and signatures are required. A self-hosted `orchestrator start` is of this kind, too.
    case cloud
}
