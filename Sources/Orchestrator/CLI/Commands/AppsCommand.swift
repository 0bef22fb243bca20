import ArgumentParser
import Foundation
import JSON
import NIOCore
import Wire

/// `orchestrator apps`
struct AppsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apps",
        abstract: "See the apps, and look for new ones.",
        subcommands: [ListCommand.self, SyncCommand.self],
        defaultSubcommand: ListCommand.self)

    struct ListCommand: ClientCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List apps.")

        @OptionGroup var client: ClientOptions

        func run(in session: ClientSession) async throws {
            let list = try await session.api.list("/v1/apps", limit: 10_000)
            session.show(list, empty: "no apps; `orchestrator apps sync URL` looks for one") { _ in
                AppsCommand.table(list.elements, now: list.now)
            }
        }
    }

    struct SyncCommand: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "sync",
            abstract: "Look for an app at a URL and have it register its functions.",
            discussion: """
                EXAMPLES
                  orchestrator apps sync http://127.0.0.1:3000/api/inngest
                """)

        @Argument(help: "Where the app serves its functions.")
        var url: String

        @OptionGroup var client: ClientOptions

        func validate() throws {
            let parts = URLComponents(string: url)
            guard ["http", "https"].contains(parts?.scheme?.lowercased()), let host = parts?.host, !host.isEmpty else {
                throw ValidationError("'\(url)' is no HTTP URL such as http://127.0.0.1:3000/api/inngest")
            }
        }

        func run(in session: ClientSession) async throws {
            let answer = try await session.api.send(.PUT, "/v1/apps", body: ["url": .string(url)], timeout: .minutes(1))
            session.show(answer.data) { terminal in
                let name = answer.data["name"]?.string.map { " \($0)" } ?? ""
                let count = answer.data["functions"]?.int.map { ": \($0) functions" } ?? ""
                return [terminal.paint("✓", .good) + " registered" + TerminalText.oneLine(name + count)]
            }
        }
    }

    static func table(_ apps: [JSON], now: Timestamp) -> TextTable {
        var table = TextTable([
            .flexible("APP"), .fixed("FUNCTIONS", right: true), .flexible("SDK"), .fixed("SYNCED"),
            .flexible("URL", minimum: 16), .flexible("ERROR", minimum: 12),
        ])
        for app in apps {
            let sdk = [app["sdk"], app["framework"]].compactMap { $0?.string }.joined(separator: ", ")
            table.append([
                .init(app["name"]?.string ?? "–"), .init(app["functions"]?.text ?? ""), .init(sdk),
                .init(app.time("synced_at").map { TimeText.relative($0, to: now) } ?? "", .quiet),
                .init(app["url"]?.string ?? ""), .init(app["error"]?.string ?? "", .bad),
            ])
        }
        return table
    }
}
