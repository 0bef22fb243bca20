import Foundation

/// A process that this one has started. The one who starts it also waits for its end.
struct ChildProcess: Sendable {
    let pid: pid_t

    /// - Parameter log: what it prints is added to this file.
    init(_ binary: URL, arguments: [String], log: URL) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, log.path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var words: [UnsafeMutablePointer<CChar>?] = ([binary.path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, binary.path, &actions, nil, words, environ)
        guard code == 0 else { throw RigError("can't start \(binary.path): \(String(cString: strerror(code)))") }
        self.pid = pid
    }

    /// Whether it has ended by itself; then it is gone.
    func hasEnded() -> Bool {
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) != 0
    }

    /// Ends it at once, whatever it does, and returns when it is gone.
    func kill() {
        Foundation.kill(pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    }
}
