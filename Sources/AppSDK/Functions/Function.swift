/// A durable function made from a closure.
///
/// ```swift
/// func signupDrip(mailer: any Mailer) -> some DurableFunction {
///     Function("signup-drip", on: .event(SignedUp.self), .retries(4)) { context in
///         let (event, step) = (context.event, context.step)
///         try await step.run("send-welcome") { try await mailer.send("welcome", to: event.data.email) }
///         try await step.sleep("settle-in", for: .days(1))
///         async let tips: Void = step.run("send-tips") { try await mailer.send("tips", to: event.data.email) }
///         async let survey: Void = step.run("send-survey") { try await mailer.send("survey", to: event.data.email) }
///         _ = try await (tips, survey)
///     }
/// }
/// ```
public struct Function<Input: Codable & Sendable, Output: Sendable>: DurableFunction {
    /// The id, unique in the app.
    public let id: String
    /// What starts it.
    public let triggers: [Trigger<Input>]
    /// Its settings.
    public let settings: [Setting<Input>]
    /// What is done when a run has failed for good.
    public private(set) var failureHandler: FailureHandler<Input>?
    /// How the result becomes JSON.
    public let outputCoding: OutputCoding<Output>
    private let body: @Sendable (Context<Input>) async throws -> Output

    /// Runs the closure.
    public func run(_ context: Context<Input>) async throws -> Output { try await body(context) }

    private init(
        id: String, triggers: [Trigger<Input>], settings: [Setting<Input>], coding: OutputCoding<Output>,
        body: @escaping @Sendable (Context<Input>) async throws -> Output
    ) {
        self.id = id
        self.triggers = triggers
        self.settings = settings
        outputCoding = coding
        self.body = body
    }

    /// This function, with something to do when a run has failed for good: no attempts are left.
    ///
    /// The handler is a function of its own, with the id `<id>-failure`, its own steps, and the middleware of this
    /// one. It is not called for cancelled runs.
    ///
    /// - Parameter retries: how often one of its steps, or the code between them, is tried again: 0 to 20 times.
    public func onFailure(
        retries: Int = 4, _ handler: @escaping @Sendable (Failure<Input>) async throws -> Void
    ) -> Self {
        var copy = self
        copy.failureHandler = FailureHandler(retries: retries, handler)
        return copy
    }
}

extension Function where Output: Codable {
    /// A function with several triggers that returns a value.
    public init(
        _ id: String, on triggers: [Trigger<Input>], _ settings: Setting<Input>...,
        body: @escaping @Sendable (Context<Input>) async throws -> Output
    ) {
        self.init(id: id, triggers: triggers, settings: settings, coding: .json, body: body)
    }

    /// A function with one trigger that returns a value.
    public init(
        _ id: String, on trigger: Trigger<Input>, _ settings: Setting<Input>...,
        body: @escaping @Sendable (Context<Input>) async throws -> Output
    ) {
        self.init(id: id, triggers: [trigger], settings: settings, coding: .json, body: body)
    }

    /// A function that is only invoked, with data of a type, and returns a value.
    public init(
        _ id: String, accepting input: Input.Type, _ settings: Setting<Input>...,
        body: @escaping @Sendable (Context<Input>) async throws -> Output
    ) {
        self.init(id: id, triggers: [], settings: settings, coding: .json, body: body)
    }
}

extension Function where Output == Void {
    // Disfavoured: a closure that ends in a value could be read as one that drops it.

    /// A function with several triggers that returns nothing.
    @_disfavoredOverload
    public init(
        _ id: String, on triggers: [Trigger<Input>], _ settings: Setting<Input>...,
        body: @escaping @Sendable (Context<Input>) async throws -> Void
    ) {
        self.init(id: id, triggers: triggers, settings: settings, coding: .nothing, body: body)
    }

    /// A function with one trigger that returns nothing.
    @_disfavoredOverload
    public init(
        _ id: String, on trigger: Trigger<Input>, _ settings: Setting<Input>...,
        body: @escaping @Sendable (Context<Input>) async throws -> Void
    ) {
        self.init(id: id, triggers: [trigger], settings: settings, coding: .nothing, body: body)
    }

    /// A function that is only invoked, with data of a type, and returns nothing.
    @_disfavoredOverload
    public init(
        _ id: String, accepting input: Input.Type, _ settings: Setting<Input>...,
        body: @escaping @Sendable (Context<Input>) async throws -> Void
    ) {
        self.init(id: id, triggers: [], settings: settings, coding: .nothing, body: body)
    }
}
