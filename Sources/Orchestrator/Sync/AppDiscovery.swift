import Engine
import Logging
import ServiceLifecycle
import Wire

/// Finds apps on this machine and has them register again when they have changed. For `dev`.
struct AppDiscovery: Service {
    let directory: AppDirectory
    let reads: any Reads
    /// Apps that the user named; they are asked even when nothing answers.
    let urls: [String]
    /// Whether to look at the usual places until an app is found.
    let looksAround: Bool
    /// Nil asks until all have registered, and then no more.
    let interval: Duration?
    let logger: Logger

    private static let paths = [
        "/api/inngest", "/x/inngest", "/.netlify/functions/inngest", "/.redwood/functions/inngest",
    ]
    private static let ports =
        [80, 443] + Array(3000...3010) + [4321, 5000, 5173, 8000, 8080, 8081, 8787, 8888] + Array(8910...8915)

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            var reported: [String: String] = [:]
            while !Task.isCancelled {
                let urls = try await known()
                for url in urls {
                    let problem = await directory.sync(url)
                    // Said once, not at every look.
                    if problem != reported[url], let problem {
                        logger.warning("app does not register", metadata: ["url": "\(url)", "reason": "\(problem)"])
                    }
                    reported[url] = problem
                }
                // An app that has just been started is there in a moment.
                let isMissing = urls.isEmpty || urls.contains { reported[$0] != nil }
                guard let pause = isMissing ? .seconds(1) : interval else { break }
                do {
                    try await Task.sleep(for: pause)
                } catch {
                    return
                }
            }
            // A service that returns would end the others.
            try? await gracefulShutdown()
        }
    }

    private func known() async throws -> [String] {
        let registered = try await reads.apps().map(\.url)
        let all =
            urls
            + registered.filter { url in
                !urls.contains { AppDirectory.normalized($0) == AppDirectory.normalized(url) }
            }
        return all.isEmpty && looksAround ? await found() : all
    }

    private func found() async -> [String] {
        await withTaskGroup(of: String?.self) { group in
            for port in Self.ports {
                group.addTask {
                    for path in Self.paths {
                        let url = "http://localhost:\(port)\(path)"
                        if await directory.isApp(at: url) { return url }
                    }
                    return nil
                }
            }
            return await group.reduce(into: []) { found, url in if let url { found.append(url) } }
        }
    }
}
