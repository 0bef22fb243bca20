/// A setting of a function.
///
/// ```swift
/// Function("charge", on: .event(OrderPaid.self), .name("Charge the card"), .retries(2)) { context in … }
/// ```
public struct Setting: Sendable {
    let apply: @Sendable (inout FunctionSettings) -> Void

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
    var retries = 4
    var parallelism = Parallelism.optimized
    /// Nil for what the app's configuration says.
    var checkpointing: Checkpointing?
    var middleware: [any Middleware] = []

    init(_ settings: [Setting]) {
        for setting in settings { setting.apply(&self) }
    }
}
