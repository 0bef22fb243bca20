import JSON
import Wire

/// An app that has registered.
package struct AppRecord: Hashable, Sendable {
    package let id: NameUUID
    package let name: String
    package var url: String
    package var sdk: String
    package var framework: String?
    package var version: String?
    /// Fingerprint of the last registration, so that the same one again changes nothing.
    package var checksum: String
    package var syncedAt: Timestamp

    package init(
        id: NameUUID, name: String, url: String, sdk: String, framework: String?, version: String?, checksum: String,
        syncedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.url = url
        self.sdk = sdk
        self.framework = framework
        self.version = version
        self.checksum = checksum
        self.syncedAt = syncedAt
    }
}

/// A function of an app.
package struct FunctionRecord: Hashable, Sendable {
    package let id: NameUUID
    package let appID: NameUUID
    package let config: FunctionConfig
    /// Rises with each change of the registration.
    package let version: Int
    /// Set when the app no longer has it. Runs in flight end with an error that says so.
    package let archivedAt: Timestamp?
    /// Since when nothing of it is called.
    package let pausedAt: Timestamp?
    /// When the runs of the paused function are cancelled.
    package let cancelsAt: Timestamp?

    package init(
        id: NameUUID, appID: NameUUID, config: FunctionConfig, version: Int, archivedAt: Timestamp?,
        pausedAt: Timestamp? = nil, cancelsAt: Timestamp? = nil
    ) {
        self.id = id
        self.appID = appID
        self.config = config
        self.version = version
        self.archivedAt = archivedAt
        self.pausedAt = pausedAt
        self.cancelsAt = cancelsAt
    }

    func paused(since pausedAt: Timestamp?, cancelsAt: Timestamp?) -> FunctionRecord {
        FunctionRecord(
            id: id, appID: appID, config: config, version: version, archivedAt: archivedAt, pausedAt: pausedAt,
            cancelsAt: cancelsAt)
    }

    package var slug: String { config.slug }
    package var maxAttempts: Int { config.retries + 1 }
}
