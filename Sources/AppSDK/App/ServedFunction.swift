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
        let slug = "\(appID)-\(function.id)"
        let settings: FunctionSettings
        do {
            settings = try FunctionSettings(function.settings)
        } catch {
            throw InvalidApp("function '\(slug)': \(explanation(of: error))")
        }
        if let problem = function.triggers.lazy.compactMap(\.problem).first {
            throw InvalidApp("function '\(slug)': \(problem)")
        }
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
        try validateAsRegistered()
    }

    /// Reads the registration as an orchestrator does, so that what it would refuse or pass over is said here.
    private func validateAsRegistered() throws {
        let read: FunctionConfig
        do {
            read = try FunctionConfig(config(url: "http://localhost"))
        } catch {
            throw InvalidApp("\(error)")
        }
        let members = read.flow.members
        for (field, value) in settings.flow.members.sorted(by: { $0.key < $1.key }) where value != members[field] {
            let other = settings.flow.batch == nil ? "idempotency" : "batchEvents"
            throw InvalidApp("function '\(slug)': \(field) has no effect beside \(other); leave one out")
        }
    }

    private func failure<Input>(_ handler: FailureHandler<Input>) -> ServedFunction {
        let slugLiteral = CELLiteral.quoted(slug)
        let trigger: JSON = [
            "event": .string(InternalEvent.functionFailed),
            "expression": .string("event.data.function_id == \(slugLiteral)"),
        ]
        var settings = FunctionSettings()
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
        configuration.checkpointingOfAll ?? settings.checkpointing ?? configuration.checkpointing
    }

    /// The function as it is registered.
    ///
    /// - Parameter url: the app's endpoint.
    func config(url: String, checkpointing: Checkpointing = .off) -> JSON {
        let separator = url.contains("?") ? "&" : "?"
        let stepURL = "\(url)\(separator)fnId=\(queryValue(slug))&stepId=step"
        let config: JSON = [
            "checkpoint": checkpointing.json, "id": .string(slug), "name": .string(name),
            "triggers": .array(triggers),
            "steps": [
                "step": [
                    "id": "step", "name": "step", "runtime": ["type": "http", "url": .string(stepURL)],
                    "retries": ["attempts": .int(settings.retries)],
                ]
            ],
        ]
        return config.merging(settings.flow.members)
    }
}
