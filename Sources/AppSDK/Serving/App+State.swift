import JSON
import Wire

extension App {
    /// Loads what was too big for the call: the events and the finished steps.
    func loadState(of call: inout CallRequest) async throws {
        let api = API(configuration: configuration, keys: keys)
        async let events = load(api, "/v0/runs/\(call.runID)/batch")
        async let steps = load(api, "/v0/runs/\(call.runID)/actions")
        call.events = try await Array(events.elements)
        call.steps = try await steps.members.map { (StepID(hash: $0.key), $0.value) }
    }

    private func load(_ api: API, _ path: String) async throws -> JSON {
        let response = try await api.send("GET", path)
        guard response.isSuccess else {
            throw StateError(
                description: "GET \(configuration.apiOrigin)\(path) answered HTTP \(response.status): "
                    + String(decoding: response.body.prefix(300), as: UTF8.self))
        }
        return try JSON(parsing: response.body)
    }
}

private struct StateError: Error, CustomStringConvertible {
    let description: String
}
