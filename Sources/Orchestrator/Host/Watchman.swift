import ServiceLifecycle

/// Ends the process when the engine can't go on.
struct Watchman: Service {
    let host: EngineHost

    func run() async throws {
        let newer = await cancelWhenGracefulShutdown { await host.outdated.first { _ in true } }
        if let newer { throw newer }
    }
}
