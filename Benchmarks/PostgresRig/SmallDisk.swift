import Foundation

/// A disk that is soon full: a tablespace in memory, with a file in it that takes all room.
package struct SmallDisk {
    private let path: String

    init(path: String) { self.path = path }

    private var ballast: String { path + "/ballast" }

    /// Whether this process may mount one.
    package static let canBeMade: Bool = {
        let place = "/tmp/pg-disk-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: place) }
        do {
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try PostgresServer.command("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", place])
            try PostgresServer.command("umount", [place])
            return true
        } catch { return false }
    }()

    package func fill() throws {
        guard FileManager.default.createFile(atPath: ballast, contents: nil),
            let file = FileHandle(forWritingAtPath: ballast)
        else { return }
        defer { try? file.close() }
        // Ends with an error when nothing fits any more.
        for size in [1 << 16, 1 << 10, 1] {
            while (try? file.write(contentsOf: Data(count: size))) != nil {}
        }
    }

    package func empty() throws { try FileManager.default.removeItem(atPath: ballast) }

    package func remove() {
        // The server is still using it: it is taken away from the tree, and goes with the server.
        try? PostgresServer.command("umount", ["-l", path])
    }
}

extension PostgresServer {
    /// Makes the tablespace `small`. Only root may.
    package func smallDisk(megabytes: Int) throws -> SmallDisk {
        let path = folder.appendingPathComponent("small").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Self.command("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path])
        try FileManager.default.createDirectory(atPath: path + "/space", withIntermediateDirectories: true)
        try Self.command("chown", [Self.owner, path + "/space"])
        try sql("CREATE TABLESPACE small LOCATION '\(path)/space'")
        return SmallDisk(path: path)
    }
}
