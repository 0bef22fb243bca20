import JSON
import Wire

/// A function without its types, as calls and registrations need it.
struct ServedFunction: Sendable {
    /// The id in its app.
    let id: String
    /// `<app id>-<function id>`.
    let slug: String
    /// What people see.
    let name: String
    let settings: FunctionSettings
    let triggers: [JSON]
    let handler: @Sendable (Invocation) async throws -> JSON

    /// A function, and its failure handler where it has one.
    ///
    /// - Throws: ``InvalidApp``.
    static func all(of function: any DurableFunction, appID: String) throws -> [ServedFunction] {
        try all(function, appID: appID)
    }

    private static func all<Served: DurableFunction>(_ function: Served, appID: String) throws -> [ServedFunction] {
        let settings = FunctionSettings(function.settings)
        let slug = "\(appID)-\(function.id)"
        let main = ServedFunction(
            id: function.id, slug: slug, name: settings.name ?? function.id, settings: settings,
            triggers: function.triggers.map { $0.json(slug: slug) }
        ) { invocation in
            let output = try await function.run(try Context(invocation))
            do {
                return try function.outputCoding.encode(output)
            } catch {
                throw NonRetriableError("the function's result cannot be encoded: \(explanation(of: error))")
            }
        }
        try main.validate(id: function.id)
        guard let failureHandler = function.failureHandler else { return [main] }
        let failure = main.failure(failureHandler)
        try failure.validate(id: failure.id)
        return [main, failure]
    }

    private func validate(id: String) throws {
        guard !id.isEmpty, slug.utf8.count <= 512 else {
            throw InvalidApp("function '\(slug)': an id has 1 byte at least, and 512 with the app's id at most")
        }
        guard (0...FunctionConfig.maximumRetries).contains(settings.retries) else {
            throw InvalidApp(
                "function '\(slug)': \(settings.retries) retries; 0 to \(FunctionConfig.maximumRetries) are possible")
        }
        guard triggers.count <= FunctionConfig.maximumTriggers else {
            throw InvalidApp(
                "function '\(slug)': \(triggers.count) triggers; \(FunctionConfig.maximumTriggers) are possible")
        }
        guard Set(triggers).count == triggers.count else {
            throw InvalidApp("function '\(slug)': the same trigger twice; leave one out")
        }
        if let checkpointing = settings.checkpointing { try checkpointing.validate("function '\(slug)'") }
    }

    private func failure<Input>(_ handler: FailureHandler<Input>) -> ServedFunction {
        let slugLiteral = CELLiteral.quoted(slug)
        let trigger: JSON = [
            "event": .string(InternalEvent.functionFailed),
            "expression": .string("event.data.function_id == \(slugLiteral)"),
        ]
        var settings = FunctionSettings([])
        settings.retries = handler.retries
        settings.checkpointing = self.settings.checkpointing
        settings.middleware = self.settings.middleware
        return ServedFunction(
            id: "\(id)-failure", slug: "\(slug)-failure", name: "\(name) (failure)", settings: settings,
            triggers: [trigger]
        ) { invocation in
            try await handler.body(try Failure(invocation))
            return .null
        }
    }

    /// Whether the function goes on to its next step in the same call.
    func checkpointing(in configuration: Configuration) -> Checkpointing {
        settings.checkpointing ?? configuration.checkpointing
    }

    /// The function as it is registered.
    ///
    /// - Parameter url: the app's endpoint.
    func config(url: String, _ configuration: Configuration) -> JSON {
        let separator = url.contains("?") ? "&" : "?"
        let stepURL = "\(url)\(separator)fnId=\(queryValue(slug))&stepId=step"
        return [
            "checkpoint": checkpointing(in: configuration).json, "id": .string(slug), "name": .string(name),
            "triggers": .array(triggers),
            "steps": [
                "step": [
                    "id": "step", "name": "step", "runtime": ["type": "http", "url": .string(stepURL)],
                    "retries": ["attempts": .int(settings.retries)],
                ]
            ],
        ]
    }
}
