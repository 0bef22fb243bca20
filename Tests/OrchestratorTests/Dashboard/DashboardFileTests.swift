import Foundation
import JSON
import Testing

@testable import Orchestrator

@Suite("The dashboard's files")
struct DashboardFileTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Sources/Dashboard/assets").standardized

    private var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).filter { !$0.hasPrefix(".") }.sorted()
        }
    }

    @Test("All are in the binary as they are in the repository, in less than 200 KB")
    func complete() throws {
        let files = DashboardFiles()
        var total = 0
        for name in try names {
            let content = try Data(contentsOf: Self.folder.appendingPathComponent(name))
            let embedded = try #require(files[name], "\(name): run scripts/dashboard-assets")
            #expect(Data(buffer: embedded.content) == content, "\(name)")
            total += content.count
        }
        #expect(total < 200_000)
    }

    @Test("Every page is served, with a policy that runs nothing but our own files")
    func pages() async throws {
        let files = try names
        try await RunningOrchestrator.with { orchestrator in
            for page in [
                "/", "/runs", "/runs/x", "/events/x", "/functions/a-b", "/failures", "/apps", "/clock", "/login",
            ] {
                let answer = try await orchestrator.send("GET", page)
                #expect(answer.status == 200 && answer.headers["content-type"] == "text/html; charset=utf-8", "\(page)")
                let policy = answer.headers["content-security-policy"] ?? ""
                #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
                #expect(!policy.contains("unsafe"))
            }
            for name in files {
                let answer = try await orchestrator.send("GET", "/assets/\(name)")
                #expect(answer.status == 200, "\(name)")
                let tag = try #require(answer.headers["etag"])
                let again = try await orchestrator.send("GET", "/assets/\(name)", headers: ["if-none-match": tag])
                #expect(again.status == 304, "\(name)")
            }
            #expect(try await orchestrator.send("GET", "/assets/..%2Findex.html").status == 404)
        }
    }

    @Test("The document names the modules that the first page is made of, so that none waits for another to be read")
    func preloads() throws {
        var needed: Set = ["app.js"]
        var unread = needed
        while let name = unread.popFirst() {
            for found in try text(name).matches(of: /(?m)^import .* from "\.\/(.+)";$/) {
                if needed.insert(String(found.1)).inserted { unread.insert(String(found.1)) }
            }
        }
        #expect(needed.contains("page-runs.js") && !needed.contains("page-run.js"))
        let named = try text("index.html").matches(of: /"\/assets\/(.+?\.js)"/)
        #expect(Set(named.map { String($0.1) }) == needed)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
    }

    @Test("No file makes elements of text, or asks another host")
    func safe() throws {
        for name in try names where name.hasSuffix(".js") || name.hasSuffix(".css") || name.hasSuffix(".html") {
            let text = try text(name)
            for forbidden in [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function(",
            ] {
                #expect(!text.contains(forbidden), "\(name): \(forbidden)")
            }
            #expect(!text.contains("src=\"http") && !text.contains("url(http") && !text.contains("@import"), "\(name)")
        }
    }
}
