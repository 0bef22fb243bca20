import AsyncHTTPClient
import Engine
import Foundation
import JSON
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import Wire

/// Has apps register, and remembers what went wrong with those that don't.
final class AppDirectory: Sendable {
    private let host: EngineHost
    private let client: HTTPClient
    private let credentials: Credentials
    private let limit: Duration
    private let logger: Logger
    /// Why the last sync of a URL failed.
    private let problems = Mutex<[String: AppProblem]>([:])

    /// - Parameter limit: how long an app may take to register.
    init(host: EngineHost, client: HTTPClient, credentials: Credentials, limit: Duration, logger: Logger) {
        self.host = host
        self.client = client
        self.credentials = credentials
        self.limit = limit
        self.logger = logger
    }

    /// Takes a registration in.
    func register(_ registration: Registration) async throws -> SyncApp.Outcome {
        let outcome = try await host.submit(SyncApp(registration))
        let nothing = AppProblem(.noFunctions, "the app serves no functions")
        remember(registration.functions.isEmpty ? nothing : nil, of: registration.url)
        if outcome.modified {
            logger.info(
                "app registered",
                metadata: [
                    "app": "\(registration.appName)", "url": "\(registration.url)",
                    "functions": "\(registration.functions.count)",
                ])
        }
        return outcome
    }

    /// Asks the app at a URL to register.
    /// - Parameter remembering: whether ``allProblems()`` has it when it does not. Not for what a caller makes up, or
    ///   they would grow without end.
    /// - Returns: what went wrong, for a person; nil when it registered.
    func sync(_ url: String, remembering: Bool) async -> AppProblem? {
        let problem = await ping(url)
        if let problem {
            if remembering { remember(problem, of: url) }
        } else if self.problem(of: url)?.code != .noFunctions {
            remember(nil, of: url)
        }
        return problem
    }

    /// Whether an app answers at a URL: its answer carries the SDK's header.
    func isApp(at url: String) async -> Bool {
        var request = HTTPClientRequest(url: url)
        request.headers = [HeaderName.serverKind: kind.rawValue]
        let response = try? await client.execute(request, timeout: .seconds(2))
        return response?.headers.contains(name: HeaderName.sdk) ?? false
    }

    func problem(of url: String) -> AppProblem? { problems.withLock { $0[Self.normalized(url)] } }

    /// What went wrong last, by URL, with apps that were to register.
    func allProblems() -> [String: AppProblem] { problems.withLock { $0 } }

    /// URLs that name the same place are one.
    static func normalized(_ url: String) -> String {
        var text = url
        for name in ["127.0.0.1", "0.0.0.0", "[::1]"] {
            if let range = text.range(of: "://" + name) { text.replaceSubrange(range, with: "://localhost") }
        }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where text.hasPrefix(scheme) {
            let authority = text.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" }
            guard authority.hasSuffix(port) else { continue }
            text = scheme + authority.dropLast(port.count) + text.dropFirst(scheme.count + authority.count)
        }
        return text.replacing(/[?&]deployId=[^&]*/, with: "")
    }

    private var kind: ServerKind { credentials.signingKey == nil ? .dev : .cloud }

    /// Forgets the apps at a URL.
    /// - Throws: ``Refusal`` where none is there.
    func remove(_ apps: [AppRecord], at url: String) async throws {
        for app in apps { try await host.submit(RemoveApp(app.id)) }
        remember(nil, of: url)
    }

    private func remember(_ problem: AppProblem?, of url: String) {
        problems.withLock { $0[Self.normalized(url)] = problem }
    }

    private func ping(_ url: String) async -> AppProblem? {
        let body = JSON.object([("url", .string(url))])
        var request = HTTPClientRequest(url: url)
        request.method = .PUT
        request.headers = ["content-type": "application/json", HeaderName.serverKind: kind.rawValue]
        if let signingKey = credentials.signingKey {
            request.headers.add(name: HeaderName.signature, value: signingKey.sign(body.bytes, at: .wall))
        }
        request.body = .bytes(ByteBuffer(bytes: body.bytes))
        do {
            let sent = request
            let (response, answer) = try await within(limit) {
                let response = try await self.client.execute(sent, deadline: .distantFuture)
                return (response, try await response.body.collect(upTo: RegistrationRoutes.maximumBody))
            }
            return try await accept(response, Array(buffer: answer))
        } catch let error as Refusal {
            return AppProblem(.invalidFunction, "the registration is refused: \(error)")
        } catch {
            return AppProblem(.unreachable, AppCaller.explain(error, url: url).message)
        }
    }

    /// Why functions are not taken from an answer: who gave it does not know the key. In `dev` nobody signs.
    private func distrust(_ response: HTTPClientResponse, _ body: [UInt8]) -> AppProblem? {
        let keys = [credentials.signingKey, credentials.fallbackKey].compactMap { $0 }
        guard !keys.isEmpty else { return nil }
        let answered = "the app answered the sync with its functions, and"
        guard let signature = response.headers.first(name: HeaderName.signature) else {
            return AppProblem(.missingHeader, "\(answered) without the header X-Inngest-Signature")
        }
        guard !keys.contains(where: { $0.verify(signature, of: body, at: .wall) }) else { return nil }
        return AppProblem(.wrongSignature, "\(answered) not signed with a signing key of this server")
    }

    private func accept(_ response: HTTPClientResponse, _ body: [UInt8]) async throws -> AppProblem? {
        guard response.headers.contains(name: HeaderName.sdk) else {
            return AppProblem(
                response.status == .notFound ? .urlNotFound : .notSDK,
                "HTTP \(response.status.code) without the header X-Inngest-SDK: no app answers at this URL")
        }
        guard response.status == .ok else {
            let error = (try? JSON(parsing: body)).map { ReportedError($0).message } ?? ""
            let answered = "the app answered the sync with HTTP \(response.status.code): \(error)"
            let code = AppProblem.code(status: Int(response.status.code), message: error)
            guard response.status == .unauthorized else { return AppProblem(code, answered) }
            // The most common mistake of a first day, and of a first deployment.
            let hint =
                kind == .dev
                ? "set INNGEST_DEV=1 in the app" : "has the app the same INNGEST_SIGNING_KEY as this server?"
            return AppProblem(code, "\(answered) (\(hint))")
        }
        guard response.headers.first(name: HeaderName.syncKind) == "in_band" else {
            // The Python SDK passes on with HTTP 200 that its registration was refused.
            let refusal = (try? JSON(parsing: body))?["error"]?.string
            return refusal.map { AppProblem(.invalidFunction, "the registration is refused: \($0)") }
        }
        if let problem = distrust(response, body) { return problem }
        let json = try JSON(parsing: body)
        var registration = try Registration(json.merging(["appName": json["app_id"]]))
        registration.sdk = response.headers.first(name: HeaderName.sdk) ?? ""
        _ = try await register(registration)
        return nil
    }
}
