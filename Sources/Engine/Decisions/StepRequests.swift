import JSON
import Wire

extension Answer {
    /// Has the orchestrator make an HTTP request for a step, so that the app need not stay up for it.
    ///
    /// - Returns: whether the function can go on at once.
    mutating func request(_ op: Op, _ key: StepKey) throws -> Bool {
        let options = op.options ?? .emptyObject
        do {
            _ = try OutboundRequest(options, isInference: op.code == .aiGateway)
            guard options.bytes.count <= Limits.fetchRequestSize else {
                throw InvalidOutboundRequest("larger than \(Limits.fetchRequestSize) bytes")
            }
        } catch {
            let name = op.code == .aiGateway ? "AIGatewayError" : "GatewayError"
            return try failAtOnce(op, ReportedError(name: name, message: "step '\(op.label)': \(error)"))
        }
        let type: JSON = op.code == .aiGateway ? "step.ai.infer" : "step.fetch"
        transaction.record(
            .stepPlanned, &run, step: op.id,
            detail: ["label": .string(op.label), "type": options["type"] ?? type, "url": Self.shownURL(options)])
        transaction.insert(
            StepRequest(key: key, purpose: op.code == .aiGateway ? .inference : .fetch, options: options))
        try enqueue(op, .fetch, at: transaction.now)
        return false
    }

    /// The URL without its query, where keys may stand.
    private static func shownURL(_ options: JSON) -> JSON? {
        options["url"]?.string.map { .string(String($0.prefix { $0 != "?" })) }
    }
}
