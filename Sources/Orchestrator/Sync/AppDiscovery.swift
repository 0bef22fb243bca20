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
        await cancelWhenGracefulShutdown {
            var reported: [String: AppProblem] = [:]
            while !Task.isCancelled {
                let urls = await known()
                var missing = await sync(urls, &reported)
                // None of those that were here before is here today: it may be another one.
                if looksAround, missing.count == urls.count {
                    let found = await found().filter { !urls.contains($0) }
                    if await sync(found, &reported).count < found.count { missing = [] }
                }
                // An app that has just been started is there in a moment. One that is not named may be gone for good.
                let isMissing = interval == nil ? missing.contains(where: self.urls.contains) : !missing.isEmpty
                guard let pause = isMissing || (looksAround && urls.isEmpty) ? .seconds(1) : interval else { break }
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

    /// Has apps register, all at once: one that is slow to answer holds up none. Returns the URLs where none did.
    private func sync(_ urls: [String], _ reported: inout [String: AppProblem]) async -> [String] {
        let problems = await withTaskGroup(of: (String, AppProblem?).self) { group in
            for url in urls { group.addTask { (url, await directory.sync(url, remembering: true)) } }
            return await group.reduce(into: [:]) { $0[$1.0] = .some($1.1) }
        }
        for url in urls {
            let problem = problems[url] ?? nil
            // Said once, not at every look.
            if problem != reported[url], let problem {
                logger.warning("app does not register", metadata: ["url": "\(url)", "reason": "\(problem)"])
            }
            reported[url] = problem
        }
        return urls.filter { reported[$0] != nil }
    }

    private func known() async -> [String] {
        var registered: [String] = []
        do {
            registered = try await reads.apps().map(\.url)
        } catch {
            // The next look may go better; runs must not end for this one.
            logger.error("the registered apps can't be read", metadata: ["error": "\(error)"])
        }
        return urls
            + registered.filter { url in
                !urls.contains { AppDirectory.normalized($0) == AppDirectory.normalized(url) }
            }
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
