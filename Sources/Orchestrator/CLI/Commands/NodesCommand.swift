import ArgumentParser
import JSON
import Wire

/// `orchestrator nodes`
struct NodesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes", abstract: "See the orchestrators that share the database, and how they are.")

    @OptionGroup var client: ClientOptions

    func run(in session: ClientSession) async throws {
        let list = try await session.api.list("/v1/nodes", limit: 10_000)
        session.show(list, empty: "no nodes") { _ in Self.table(list.elements, now: list.now) }
    }

    static func table(_ nodes: [JSON], now: Timestamp) -> TextTable {
        var table = TextTable([
            .flexible("NODE"), .fixed("STATE"), .fixed("CALLS", right: true), .fixed("VERSION"), .fixed("STARTED"),
            .fixed("ID"),
        ])
        for node in nodes {
            let state = node["state"]?.string ?? ""
            let calls = "\(node["open_calls"]?.int ?? 0) of \(node["room"]?.int ?? 0)"
            table.append([
                .init(node["name"]?.string ?? ""), .init(state, state == "running" ? .good : .bad), .init(calls),
                .init(node["version"]?.string ?? ""),
                .init(node.time("started_at").map { TimeText.relative($0, to: now) } ?? "", .quiet),
                .init(node["id"]?.string ?? "", .quiet),
            ])
        }
        return table
    }
}
