import Foundation
import JSON
import Programs
import Synchronization

/// The real `orchestrator` binary as a child of this process: started, killed and started again on one file.
package final class OrchestratorChild: Sendable {
    /// Where it listens, in every life the same.
    package let port: Int
    package let log: URL
    private let binary: URL
    private let process = Mutex<Program?>(nil)

    package var origin: String { "http://127.0.0.1:\(port)" }

    /// - Parameter log: takes what it prints, of all its lives.
    package init(binary: URL, log: URL) throws {
        guard FileManager.default.isExecutableFile(atPath: binary.path) else {
            throw RigError("there is no binary at \(binary.path): build it first")
        }
        port = try FreePort.find()
        self.binary = binary
        self.log = log
    }

    /// The number of the process while there is one.
    package var pid: pid_t? { process.withLock { $0?.pid } }

    /// - Parameter arguments: those of the command line, but for `--port`.
    package func start(_ arguments: [String]) throws {
        let child = try Program([binary.path] + arguments + ["--port", String(port)], output: log.path)
        process.withLock { $0 = child }
    }

    /// Returns when it answers.
    /// - Throws: ``RigError`` when it ends instead, or takes longer than half a minute.
    package func ready() async throws {
        let client = LoopbackClient(origin: origin)
        for _ in 0..<3000 {
            if let status = takeEnding() {
                throw RigError("the orchestrator ended by itself (\(status)); what it said is in \(log.path)")
            }
            if let health = try? await client.send("GET", "/health"), health.status == 200 { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw RigError("the orchestrator did not answer in time; what it said is in \(log.path)")
    }

    /// Returns when an app has registered.
    package func registered() async throws {
        let client = LoopbackClient(origin: origin)
        for _ in 0..<500 {
            if try await client.read("/v1/functions") != .emptyArray { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw RigError("the app did not register in time; what the orchestrator said is in \(log.path)")
    }

    /// Returns when it has ended by itself, with its exit status as a shell says it.
    /// - Throws: ``RigError`` when it takes longer than half a minute.
    package func ended() async throws -> Int32 {
        for _ in 0..<3000 {
            if let status = takeEnding() { return status }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw RigError("the orchestrator did not end in time; what it said is in \(log.path)")
    }

    private func takeEnding() -> Int32? {
        process.withLock { process in
            // Who was killed ends as a killed one.
            guard let child = process else { return 128 + SIGKILL }
            let status = child.ending()
            if status != nil { process = nil }
            return status
        }
    }

    /// Stops it in its tracks, or lets it go on: its connections stay open and nobody answers.
    package func freeze(_ frozen: Bool) {
        if let pid { Foundation.kill(pid, frozen ? SIGSTOP : SIGCONT) }
    }

    /// Asks it to end, as a service manager does.
    package func terminate() {
        if let pid { Foundation.kill(pid, SIGTERM) }
    }

    /// What it has printed, in all its lives.
    package var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    /// Ends it as a power cut would, and returns when it is gone.
    package func kill() {
        process.withLock { $0.take() }?.kill()
    }
}

/// Why a measurement or a trial can't go on.
package struct RigError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
