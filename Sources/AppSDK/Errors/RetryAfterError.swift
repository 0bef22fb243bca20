import Foundation
import Wire

/// Thrown by a step or a function: try again, but not before a certain time.
///
/// It takes the place of the usual wait between attempts, and uses up an attempt as any error does.
/// The orchestrator keeps the wait between one second and 24 hours.
public struct RetryAfterError: Error, Sendable, CustomStringConvertible {
    /// What is wrong; the dashboard shows it.
    public let message: String
    /// The value of the header `Retry-After`.
    let header: String

    /// - Parameters:
    ///   - message: what is wrong.
    ///   - delay: how long to wait, rounded up to a second.
    public init(_ message: String, after delay: TimeSpan) {
        self.message = message
        // The protocol reads at most seven digits as seconds; more than that is far beyond its limit anyway.
        let milliseconds = min(max(0, delay.duration.milliseconds), 9_999_999_000)
        header = String((milliseconds + 999) / 1000)
    }

    /// - Parameters:
    ///   - message: what is wrong.
    ///   - date: when to try again.
    public init(_ message: String, at date: Date) {
        self.message = message
        header = Timestamp(date, rounded: .up).description
    }

    /// The message.
    public var description: String { message }
}
