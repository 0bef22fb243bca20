#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Holds a file for this process: one process owns a database. The system lets go when the process ends.
final class FileLock {
    private let descriptor: Int32

    /// - Throws: ``FileInUse``, or ``FileNotOpened`` where the file can't be made.
    init(path: String) throws {
        descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileNotOpened(path: path, reason: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw FileInUse(path: path)
        }
    }

    deinit {
        close(descriptor)
    }
}

extension FileLock {
    /// Makes a file that its owner alone may read, unless it is there already. What SQLite puts beside it gets the
    /// same permissions.
    static func makePrivateFile(path: String) throws {
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileNotOpened(path: path, reason: String(cString: strerror(errno))) }
        close(descriptor)
    }
}

/// Another process has the database open.
package struct FileInUse: Error, CustomStringConvertible {
    package let path: String

    package var description: String {
        "another orchestrator has this database open (lock: \(path)): stop it, or give this one a file of its own"
    }
}

/// A file could not be opened or made.
package struct FileNotOpened: Error, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "can't open \(path): \(reason)" }
}
