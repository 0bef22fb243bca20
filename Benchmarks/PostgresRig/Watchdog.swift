import Foundation
import Programs

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
        _ = try Program(["/bin/sh", "-c", script], in: PostgresServer.anywhere, input: ends[0])
    }

    /// Lets it go without doing anything.
    func dismiss() {
        _ = write(leash, "done\n", 5)
        close(leash)
    }
}
