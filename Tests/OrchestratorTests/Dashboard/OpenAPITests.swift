import AsyncHTTPClient
import Engine
import Foundation
import Hummingbird
import JSON
import Logging
import Testing
import Wire

@testable import Orchestrator

@Suite("The OpenAPI document")
struct OpenAPITests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../..").standardized

    private func document() throws -> JSON {
        try JSON(parsing: [UInt8](Data(contentsOf: Self.repository.appendingPathComponent("docs/openapi.json"))))
    }

    /// `GET /v1/runs/{}`: names of parameters don't matter.
    private func documented() throws -> Set<String> {
        let paths = try #require(try document()["paths"])
        return Set(
            paths.members.flatMap { path in
                path.value.members.map { "\($0.key.uppercased()) \(Self.plain(path.key))" }
            })
    }

    private static func plain(_ path: String) -> String {
        path.replacing(#/\$?\{[^}]*\}|:\w+/#, with: "{}")
    }

    /// What SDKs and their older versions speak, which is the protocol's; pages and files; and what other documents tell.
    private static func isOther(_ route: String) -> Bool {
        route.firstMatch(
            of: #/^[A-Z]+ /(assets/|v0/|api/v2|v2/|v1/checkpoint|v1/http/|v1/prom/|fn/register|dev$|openapi\.json$)/#)
            != nil
    }

    @Test("Every route is in it, and nothing else")
    func routes() async throws {
        let described = try documented()
        let pages = Set(DashboardRoutes.pages.map { "GET " + Self.plain($0) })
        let served = Set(
            try await servedRoutes().filter { route in
                !route.hasPrefix("HEAD ") && !route.hasPrefix("OPTIONS ") && !pages.contains(route)
                    && !Self.isOther(route)
            })
        #expect(served.subtracting(described).sorted() == [], "missing in docs/openapi.json")
        #expect(described.subtracting(served).sorted() == [], "in docs/openapi.json, and not served")
    }

    @Test("What the clock answers is in it, and nothing else") func clock() throws {
        let time = Timestamp(milliseconds: 0)
        let clock = ClockRoutes.shape(
            ClockState(
                now: time, wall: time, isPaused: true, nextTimer: nil, fired: 0,
                moving: ClockState.Moving(target: nil, waitsFor: [ULID(1)])))
        let schema = try document()["components"]?["schemas"]?["Clock"]
        for (shape, schema) in [(clock, schema), (clock["moving"] ?? .null, schema?["properties"]?["moving"])] {
            #expect(shape.members.map(\.key).sorted() == schema?["properties"]?.members.map(\.key).sorted())
        }
    }

    /// Those of `orchestrator dev`.
    private func servedRoutes() async throws -> [String] {
        let logger = Logger(label: "test")
        let state = try OrchestratorState(database: nil, cluster: nil, name: "test", room: 1, logger: logger)
        defer { state.remove() }
        let feed = LiveFeed()
        let host = try await EngineHost(
            store: state.openStore, settings: EngineSettings(), room: 1, feed: feed, logger: logger)
        let api = OrchestratorAPI(
            kind: .dev, host: host, reads: state.reads, nodes: state.nodes,
            directory: AppDirectory(
                host: host, client: .shared, credentials: .none, limit: .seconds(10), logger: logger),
            credentials: .none,
            feed: feed)
        let routes = api.router().routes.map { "\($0.method) \(Self.plain("\($0.path)"))" }
        await host.shutDown()
        return routes
    }

    @Test("The dashboard's pages ask nothing that is not in it")
    func pages() throws {
        let paths = Set(try documented().map { String($0.split(separator: " ")[1]) })
        let folder = Self.repository.appendingPathComponent("Sources/Dashboard/assets")
        var asked = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasSuffix(".js") {
            let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            for match in text.matches(of: #/["`](/(?:v1|invoke|e|fn)/[^"`?\s]*)/#) {
                let path = Self.plain(String(match.1).replacing(#/encodeURIComponent\([^)]*\)/#, with: "x"))
                asked += 1
                #expect(paths.contains(path), "\(name): \(path)")
            }
        }
        #expect(asked > 30)
    }
}
