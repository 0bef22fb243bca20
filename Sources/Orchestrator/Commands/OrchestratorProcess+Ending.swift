import ArgumentParser
import Foundation
import Stores

extension OrchestratorProcess {
    /// Runs it. Where the state is not to be used, the exit code says so: to start again would change nothing.
    func runToItsEnd() async throws {
        do {
            try await run()
        } catch let error as any UnfitState {
            FileHandle.standardError.write(Data("Error: \(error.description)\n".utf8))
            throw ExitStatus.unfit.exitCode
        }
    }
}
