import Foundation
import Wire

extension Step {
    /// Waits for a length of time, 366 days at most. Nothing runs meanwhile, and no process is needed.
    ///
    /// - Throws: ``Interruption`` when the run is suspended.
    public func sleep(_ id: String, for span: TimeSpan) async throws {
        try await sleep(id, until: span.description)
    }

    /// Waits until a point in time, at most 366 days away. One that has passed is not waited for.
    ///
    /// Take the date from the event or from a step: another date in each call would be no harm, but a surprise.
    ///
    /// - Throws: ``Interruption`` when the run is suspended.
    public func sleep(_ id: String, until date: Date) async throws {
        try await sleep(id, until: Timestamp(date, rounded: .up).description)
    }

    private func sleep(_ id: String, until time: String) async throws {
        try await wait(StepRequest(id: id, kind: .sleep, name: time, options: ["duration": .string(time)])) { _ in }
    }
}
