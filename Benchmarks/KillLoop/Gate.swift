import Hummingbird
import Synchronization

/// A door to the app that listens before the app is there: app and orchestrator have to know each other's address.
final class Gate: Sendable {
    private let app = Mutex<TrialApp?>(nil)

    func open(_ app: TrialApp) { self.app.withLock { $0 = app } }

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        for method in [HTTPRequest.Method.get, .put, .post] {
            router.on("/api/inngest", method: method) { request, _ in
                guard let app = self.app.withLock({ $0 }) else { throw HTTPError(.serviceUnavailable) }
                return try await app.respond(to: request)
            }
        }
        return router
    }
}
