import JSON
import Wire

/// A call to an app that the engine has leased. It is made after the commit; a crash before its answer is
/// committed makes the call due again.
package struct Call: Sendable {
    package let key: QueueItem.Key
    package let lease: ULID
    /// Where to call, with `fnId` and `stepId` in the query.
    package let url: String
    /// Whether the URL is an HTTP endpoint whose request is repeated, instead of an SDK.
    package let isEndpoint: Bool
    package let request: CallRequest
}
