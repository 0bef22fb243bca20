import Crypto
import JSON
import Wire

/// Why a run failed, in a form that brings the runs together that failed for the same reason.
package struct Failure: Hashable, Sendable {
    package let run: ULID
    package let functionID: NameUUID
    package let endedAt: Timestamp
    /// The step whose error failed the run; nil where the function's own code did.
    package let step: String?
    package let name: String
    /// At most ``maximumMessage`` characters.
    package let message: String
    /// The same for failures of one function, step and kind of error.
    package let group: String

    package init(
        run: ULID, functionID: NameUUID, endedAt: Timestamp, step: String?, name: String, message: String
    ) {
        self.run = run
        self.functionID = functionID
        self.endedAt = endedAt
        self.step = step
        self.name = String(name.prefix(Self.maximumName))
        self.message = String(message.prefix(Self.maximumMessage))
        group = Self.group([
            functionID.description, step.map(Self.shape) ?? "", self.name, Self.shape(self.message),
        ])
    }

    /// Enough to see what went wrong; the whole error is the run's output.
    private static let maximumMessage = 500
    private static let maximumName = 200

    /// Text without what differs from run to run: numbers, and words that hold digits, such as ids.
    static func shape(_ text: String) -> String {
        var shape = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !shape.isEmpty { shape += " " }
            shape += word.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? "#" : word
        }
        return shape
    }

    private static func group(_ parts: [String]) -> String {
        let text = JSON.array(parts.map(JSON.string)).bytes
        return Hex.encode(SHA256.hash(data: Array(text)).prefix(8))
    }
}

extension Transaction {
    /// Writes down why a run failed.
    func noteFailure(of run: Run) throws {
        guard run.status == .failed, let endedAt = run.endedAt else { return }
        let error = ReportedError(run.output ?? .null)
        // A step that failed for good and was not caught has left its error on the stack.
        let step = try steps(of: run.id).last { step in
            step.value["error"].map { ReportedError($0).message == error.message } ?? false
        }
        append(
            Failure(
                run: run.id, functionID: run.functionID, endedAt: endedAt, step: step?.label, name: error.name,
                message: error.message))
    }
}
