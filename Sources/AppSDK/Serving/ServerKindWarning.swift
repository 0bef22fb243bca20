import Logging
import Synchronization
import Wire

/// Says, once, that a server which signs asks an app that verifies nothing.
///
/// What the header says decides nothing else: anyone can write it.
final class ServerKindWarning: Sendable {
    private let isGiven = Mutex(false)

    func note(_ request: IncomingRequest, mode: Configuration.Mode, to logger: Logger) {
        guard mode == .dev, let kind = request[HeaderName.serverKind], kind != ServerKind.dev.rawValue else { return }
        let isFirst = isGiven.withLock { isGiven in
            defer { isGiven = true }
            return !isGiven
        }
        guard isFirst else { return }
        logger.warning(
            "a server of kind '\(kind.prefix(64))' asks this app, which is in dev mode and verifies no signatures: unset INNGEST_DEV in production"
        )
    }
}
