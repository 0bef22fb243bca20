import Foundation

/// A disk in memory that is soon full, for it has a file that takes all room.
package struct SmallDisk {
    private let path: String
    /// The folder in it that is the server's.
    var space: String { path + "/space" }

    /// The disk of a server.
    init(of folder: URL) { path = folder.appendingPathComponent("small").path }

    /// Makes it.
    init(at folder: URL, _ megabytes: Int) throws {
        self.init(of: folder)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try PostgresServer.command("mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path])
        try FileManager.default.createDirectory(atPath: space, withIntermediateDirectories: true)
        try PostgresServer.command("chown", [PostgresServer.owner, space])
    }

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
        let disk = try SmallDisk(at: folder, megabytes)
        try sql("CREATE TABLESPACE small LOCATION '\(disk.space)'")
        return disk
    }
}
