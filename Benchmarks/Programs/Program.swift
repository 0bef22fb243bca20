import Foundation

/// A program that this process starts. Foundation's `Process` takes the end of a program for the end of all that it
/// has left running, so it can't start servers.
struct Program {
    let pid: pid_t

    /// - Parameters:
    ///   - words: the program's path and its arguments.
    ///   - input: what it reads; nothing where it is not given.
    ///   - output: the file that takes what it prints.
    init(_ words: [String], input: Int32? = nil, output: String = "/dev/null") throws {
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
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads that run tests block signals, which a program would inherit.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let line = ["/usr/bin/env", "-C", "/tmp"] + words
        var arguments: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
        defer { for word in arguments { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/usr/bin/env", &actions, &attributes, &arguments, environ)
        guard code == 0 else { throw PostgresRigError("can't start \(words[0]): \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    /// Runs a program to its end, and returns what it prints.
    @discardableResult
    static func run(_ words: [String]) throws -> String {
        let path = "/tmp/pg-output-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        let status = try Program(words, output: path).wait()
        let said = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        guard status == 0 else { throw PostgresRigError("\(words.joined(separator: " ")) failed: \(said)") }
        return said.trimmingCharacters(in: .newlines)
    }

    private func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
        return status
    }
}

/// A shell that does something when this process ends or lets go of it.
final class Watchdog: Sendable {
    private let leash: Int32

    /// - Parameter script: reads a line first, and ends when that is `done`.
    init(_ script: String) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw PostgresRigError("no pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        leash = ends[1]
        defer { close(ends[0]) }
        _ = try Program(["/bin/sh", "-c", script], input: ends[0])
    }

    /// Lets it go without doing anything.
    func dismiss() {
        _ = write(leash, "done\n", 5)
        close(leash)
    }
}
