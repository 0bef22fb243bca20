import ArgumentParser

/// A command that speaks with an orchestrator.
protocol ClientCommand: AsyncParsableCommand {
    var client: ClientOptions { get }

    func run(in session: ClientSession) async throws
}

extension ClientCommand {
    func run() async throws {
        try await execute(on: .standard())
    }

    /// Runs the command; says on the terminal why it failed, and how in the exit code.
    /// - Parameter pause: how it waits between two looks.
    func execute(
        on terminal: Terminal, pause: @escaping @Sendable (Duration) async throws -> Void = ClientSession.sleep
    ) async throws {
        do {
            try await client.withSession(terminal: terminal, pause: pause) { try await run(in: $0) }
        } catch let failure as CommandFailure {
            terminal.note(failure.description)
            throw failure.status.exitCode
        }
    }
}
