import Wire

/// A setting of a function.
///
/// ```swift
/// Function("charge", on: .event(OrderPaid.self), .retries(2), .throttle(10, per: .minutes(1), key: \.userID)) { … }
/// ```
///
/// Keys of rules are fields of the event's payload, or expressions over `event` as text. What does not fit is refused
/// when the ``App`` is made.
public struct Setting<Input: Codable & Sendable>: Sendable {
    let apply: @Sendable (inout FunctionSettings) throws -> Void

    init(_ apply: @escaping @Sendable (inout FunctionSettings) throws -> Void) {
        self.apply = apply
    }

    /// The name on the dashboard. Without it, that is the function's id.
    public static func name(_ name: String) -> Setting { Setting { $0.name = name } }

    /// How often a failed step, or the code between steps, is tried again: 0 to 20 times. Without it, 4 times.
    public static func retries(_ count: Int) -> Setting { Setting { $0.retries = count } }

    /// How the function goes on while parallel steps finish. Without it, `.optimized`.
    public static func parallelism(_ parallelism: Parallelism) -> Setting { Setting { $0.parallelism = parallelism } }
}

/// How a function goes on while parallel steps finish.
public enum Parallelism: Hashable, Sendable {
    /// The function is called when the last of a group of parallel steps has finished: one call for a group.
    case optimized
    /// The function is called when any of them has finished: a race goes on at the first result.
    case eager
}

/// The settings of a function, all with their defaults.
struct FunctionSettings: Sendable {
    var name: String?
    var retries = FunctionConfig.defaultRetries
    var parallelism = Parallelism.optimized
    var flow = FlowControl()
    /// Nil for what the app's configuration says.
    var checkpointing: Checkpointing?
    var middleware: [any Middleware] = []

    /// The defaults.
    init() {}

    /// - Throws: what is wrong with a setting, under its name.
    init<Input>(_ settings: [Setting<Input>]) throws {
        for setting in settings { try setting.apply(&self) }
    }
}
