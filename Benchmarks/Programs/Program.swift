import CSpawn
import Foundation

/// A program that this process starts, and whose end it waits for. Foundation's `Process` takes the end of a program
/// for the end of all that it has left running, so it can't start servers.
package struct Program: Sendable {
    package let pid: pid_t

    /// - Parameters:
    ///   - words: the program's path and its arguments.
    ///   - folder: where it works; the place of this process where it is not given.
    ///   - input: what it reads; nothing where it is not given.
    ///   - output: the file to which what it prints is added.
    package init(
        _ words: [String], in folder: String? = nil, input: Int32? = nil, output: String = "/dev/null"
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // It would keep ports and connections of this process open that are closed here.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        if let folder { posix_spawn_file_actions_addchdir_np(&actions, folder) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads that run tests block signals, which a program would inherit.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for word in arguments { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, environ)
        guard code == 0 else { throw ProgramError("can't start \(words[0]): \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    /// Runs a program to its end, and returns what it prints.
    @discardableResult
    package static func run(_ words: [String], in folder: String? = nil) throws -> String {
        let path = "/tmp/program-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        let status = try Program(words, in: folder, output: path).wait()
        let said = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        guard status == 0 else { throw ProgramError("\(words.joined(separator: " ")) failed: \(said)") }
        return said.trimmingCharacters(in: .newlines)
    }

    private func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        return status
    }

    /// How it has ended by itself, as a shell says it; then it is gone. Nil while it runs.
    package func ending() -> Int32? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) != 0 else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }

    /// Ends it at once, whatever it does, and returns when it is gone.
    package func kill() {
        Foundation.kill(pid, SIGKILL)
        _ = wait()
    }
}

/// Why a program did not do what it should.
package struct ProgramError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
