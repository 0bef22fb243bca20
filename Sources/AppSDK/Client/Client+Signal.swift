import JSON

extension Client {
    /// Sends a signal to the run that waits for it.
    ///
    /// ```swift
    /// let run = try await client.sendSignal("order-7", data: Approval(by: "ada"))
    /// if run == nil { … }  // nobody waits
    /// ```
    ///
    /// Signals are not kept: where nobody waits, nothing happens.
    ///
    /// - Parameters:
    ///   - name: the signal's name.
    ///   - data: what it carries, at most 3 MiB as JSON.
    /// - Returns: the id of the run that goes on; nil where none waits for the name.
    /// - Throws: ``SendError``; ``NonRetriableError`` where the data can't be encoded or the signing key is none.
    @discardableResult
    public func sendSignal(_ name: String, data: some Encodable & Sendable) async throws -> String? {
        let body: JSON
        let keys: Keys
        do {
            body = ["data": try JSON(encoding: data), "signal": .string(name)]
            keys = try Keys(configuration)
        } catch {
            throw NonRetriableError("the signal '\(name)' can't be sent: \(explanation(of: error))")
        }
        let api = API(configuration: configuration, keys: keys)
        let response: IncomingResponse
        do {
            response = try await api.send(
                "POST", "/v1/signals", headers: ["content-type": "application/json"], body: Array(body.bytes))
        } catch {
            throw SendError(
                status: nil, acceptedIDs: [],
                description: "no answer from \(configuration.apiOrigin): \(explanation(of: error))")
        }
        if response.status == 404 { return nil }
        let json = try? JSON(parsing: response.body)
        guard response.isSuccess, let json else {
            let reason = json?["error"]?.string ?? response.excerpt
            throw SendError(
                status: response.status, acceptedIDs: [],
                description: "\(configuration.apiOrigin) answered HTTP \(response.status) to a signal: \(reason)")
        }
        return (json["data"] ?? json)["run_id"]?.string
    }
}
