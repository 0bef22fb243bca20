import JSON
import Logging
import Wire

/// The functions that are served together, under one id and one endpoint.
///
/// ```swift
/// let app = try App("shop") {
///     signupDrip(mailer: mailer)
///     chargeCard(bank: bank)
/// }
/// try await app.serve(port: 3000)
/// ```
public struct App: Sendable {
    /// The app's id. Its functions are known as `<app id>-<function id>`.
    public let id: String
    /// Where the orchestrator is, and how the app presents itself.
    public let configuration: Configuration
    let functions: [ServedFunction]
    let keys: Keys
    let syncFailures = SyncFailureLog()
    let serverKindWarning = ServerKindWarning()
    private let bySlug: [String: ServedFunction]

    /// Sends events.
    public var client: Client { Client(configuration) }

    /// - Parameters:
    ///   - id: the app's id, 1 to 256 bytes. Another id is another app: runs in flight are not found in it.
    ///   - configuration: without one, what the environment says.
    ///   - functions: the functions, each with an id of its own.
    /// - Throws: ``InvalidApp``, which says what to correct.
    public init(
        _ id: String, configuration: Configuration = Configuration(),
        @FunctionsBuilder functions: () throws -> [any DurableFunction]
    ) throws {
        guard (1...256).contains(id.utf8.count) else { throw InvalidApp("the app's id: 1 to 256 bytes are expected") }
        let served = try functions().flatMap { try ServedFunction.all(of: $0, appID: id) }
        var bySlug: [String: ServedFunction] = [:]
        for function in served {
            if let other = bySlug.updateValue(function, forKey: function.slug) {
                throw InvalidApp("two functions have the id '\(other.slug)'; give one of them another id")
            }
        }
        do {
            keys = try Keys(configuration)
        } catch {
            throw InvalidApp("INNGEST_SIGNING_KEY or INNGEST_SIGNING_KEY_FALLBACK: \(error)")
        }
        try configuration.checkpointing.validate("app '\(id)'")
        try MiddlewareStack(configuration.middleware).register(with: MiddlewarePlace(app: id, function: nil))
        for function in served {
            try MiddlewareStack(function.settings.middleware)
                .register(with: MiddlewarePlace(app: id, function: function.id))
        }
        self.id = id
        self.configuration = configuration
        self.functions = served
        self.bySlug = bySlug
    }

    private init(_ app: App, configuration: Configuration) {
        id = app.id
        self.configuration = configuration
        functions = app.functions
        keys = app.keys
        bySlug = app.bySlug
    }

    /// The same functions with another configuration; signing keys stay as they are.
    package func configured(_ change: (inout Configuration) -> Void) -> App {
        var configuration = configuration
        change(&configuration)
        return App(self, configuration: configuration)
    }

    func function(slug: String) -> ServedFunction? { bySlug[slug] }
}

/// An app that can't be served as it is.
public struct InvalidApp: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Collects the functions of an ``App``.
@resultBuilder
public enum FunctionsBuilder {
    /// A function.
    public static func buildExpression(_ function: any DurableFunction) -> [any DurableFunction] { [function] }
    /// Functions.
    public static func buildExpression(_ functions: [any DurableFunction]) -> [any DurableFunction] { functions }
    /// One after the other.
    public static func buildBlock(_ parts: [any DurableFunction]...) -> [any DurableFunction] { parts.flatMap(\.self) }
    /// `if` without `else`.
    public static func buildOptional(_ part: [any DurableFunction]?) -> [any DurableFunction] { part ?? [] }
    /// `if` of an `if` and `else`.
    public static func buildEither(first: [any DurableFunction]) -> [any DurableFunction] { first }
    /// `else` of an `if` and `else`.
    public static func buildEither(second: [any DurableFunction]) -> [any DurableFunction] { second }
    /// `for`.
    public static func buildArray(_ parts: [[any DurableFunction]]) -> [any DurableFunction] { parts.flatMap(\.self) }
}
