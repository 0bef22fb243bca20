import Foundation
import Programs
import Synchronization

/// A PostgreSQL server of this process's own: in a folder of its own, on a Unix socket there, gone when this process
/// is. Made from Debian's package `postgresql`.
package final class PostgresServer: Sendable {
    /// Where the data and the socket are.
    package let folder: URL
    /// Clears up when this process ends.
    private let watchdog: Watchdog
    private let schemas = Mutex(0)

    /// The server that all tests of a process share; an error where it can't be started.
    package static let shared = Result { try PostgresServer() }

    /// Makes a database cluster and starts it.
    ///
    /// - Parameters:
    ///   - settings: lines of `postgresql.conf`.
    ///   - parent: where its folder is made.
    package convenience init(settings: [String] = [], parent: String = "/tmp") throws {
        try self.init(parent: parent) { data in
            try Self.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        }
        try configure(settings)
        try start()
    }

    /// Makes a standby of a server, which follows it until it is promoted, and starts it.
    package convenience init(following primary: PostgresServer) throws {
        try self.init { data in
            try Self.run(
                "pg_basebackup", "-D", data, "-h", primary.folder.path, "-U", "postgres", "-R", "-c", "fast", "-X",
                "stream")
        }
        try configure([])
        try start()
    }

    /// Makes a database cluster whose log is on a disk of its own, which can be filled, and starts it. Only root may.
    ///
    /// - Parameter logMegabytes: the size of that disk.
    package convenience init(logMegabytes: Int) throws {
        try self.init { data in
            let disk = try SmallDisk(at: URL(fileURLWithPath: data).deletingLastPathComponent(), logMegabytes)
            try Self.run(
                "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N",
                "--waldir", disk.space, "--wal-segsize", "1")
        }
        try configure(["min_wal_size = 2MB", "max_wal_size = 4MB"])
        try start()
    }

    /// The disk with the log, where it is on one of its own.
    package var logDisk: SmallDisk { SmallDisk(of: folder) }

    private init(parent: String = "/tmp", filling fill: (String) throws -> Void) throws {
        // Short, for the path of a socket has room for 107 bytes.
        folder = URL(fileURLWithPath: "\(parent)/pg-\(UInt32.random(in: 0...UInt32.max))")
        let stop = Self.asOwner([
            "\(Self.programs)/pg_ctl", "stop", "-D", "\(folder.path)/data", "-m", "immediate", "-s",
        ])
        watchdog = try Watchdog(
            "read -r line; [ \"$line\" = done ] || { \(stop.joined(separator: " ")); rm -rf \(folder.path); }")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Self.command("chown", [Self.owner, folder.path])
        try fill(data)
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: folder)
        watchdog.dismiss()
    }

    var data: String { folder.appendingPathComponent("data").path }

    private func configure(_ settings: [String]) throws {
        let lines =
            [
                "listen_addresses = ''", "unix_socket_directories = '\(folder.path)'", "max_connections = 200",
                "shared_buffers = 128MB", "logging_collector = off", "log_min_messages = warning",
                "max_wal_size = 2GB",
            ] + settings
        let file = URL(fileURLWithPath: data).appendingPathComponent("postgresql.auto.conf")
        let standby = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        try (standby + "\n" + lines.joined(separator: "\n") + "\n").write(to: file, atomically: false, encoding: .utf8)
        try Self.command("chown", [Self.owner, file.path])
    }

    // MARK: Life

    /// Starts it, and returns when it takes connections.
    package func start() throws {
        let log = folder.appendingPathComponent("log").path
        // After a kill, what is left of the server before may take a moment to go.
        var tries = 20
        while true {
            do {
                return try Self.run("pg_ctl", "start", "-D", data, "-l", log, "-w", "-s", "-t", "30")
            } catch {
                tries -= 1
                let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                if tries == 0 { throw PostgresRigError("PostgreSQL did not start: \(error) \(said.suffix(2000))") }
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
    }

    /// Ends it as a restart does: sessions are broken off, what is committed is kept.
    package func stop() {
        try? Self.run("pg_ctl", "stop", "-D", data, "-m", "fast", "-w", "-s")
    }

    /// Ends it as a power cut would.
    package func kill() throws {
        guard let postmaster else { return }
        // First of all it is kept from starting what would outlive it.
        Foundation.kill(postmaster, SIGSTOP)
        let pids = pids
        for pid in pids { Foundation.kill(pid, SIGKILL) }
        while pids.contains(where: Self.isAlive) { Thread.sleep(forTimeInterval: 0.01) }
        // It is no child of this process. Where its parent never asks how it has ended, its number stays in use, and the
        // next server would take it for alive.
        for file in [lock, folder.path + "/.s.PGSQL.5432.lock"] { try? FileManager.default.removeItem(atPath: file) }
    }

    /// Stops it in its tracks, or lets it go on: connections stay open and nobody answers.
    package func freeze(_ frozen: Bool) {
        for pid in pids { Foundation.kill(pid, frozen ? SIGSTOP : SIGCONT) }
    }

    /// Makes a standby the primary.
    package func promote() throws {
        try Self.run("pg_ctl", "promote", "-D", data, "-w", "-s")
    }

    /// Whether there is a server, be it one that is only starting.
    package var isRunning: Bool { (try? Self.run("pg_ctl", "status", "-D", data, "-s")) != nil }

    private var lock: String { data + "/postmaster.pid" }

    private var postmaster: pid_t? {
        let text = try? String(contentsOfFile: lock, encoding: .utf8)
        return text?.split(separator: "\n").first.flatMap { pid_t($0) }
    }

    /// The server's processes, the first of which has started the others.
    private var pids: [pid_t] {
        guard let postmaster else { return [] }
        let children = (try? Self.output("ps", ["-o", "pid=", "--ppid", "\(postmaster)"])) ?? ""
        return [postmaster] + children.split(whereSeparator: \.isWhitespace).compactMap { pid_t($0) }
    }

    /// Whether a process does anything: one that has ended is there until its parent asks how.
    private static func isAlive(_ pid: pid_t) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let name = stat.lastIndex(of: ")")
        else { return false }
        return !stat[name...].hasPrefix(") Z")
    }

    /// What it has said.
    package var log: String {
        get throws { try String(contentsOf: folder.appendingPathComponent("log"), encoding: .utf8) }
    }

    // MARK: Use

    /// A URI of the database, or of a schema in it.
    package func uri(schema: String? = nil) -> String {
        let options = schema.map { "&options=-csearch_path%3D\($0)" } ?? ""
        return "postgresql:///postgres?host=\(folder.path)&user=postgres\(options)"
    }

    /// A URI of a schema that is new and empty.
    package func newSchema() throws -> String {
        let number = schemas.withLock { number in
            number += 1
            return number
        }
        try sql("CREATE SCHEMA test_\(number)")
        return uri(schema: "test_\(number)")
    }

    /// Runs SQL beside whoever uses the server, and returns what it prints.
    @discardableResult
    package func sql(_ text: String, schema: String? = nil) throws -> String {
        try Self.output("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", uri(schema: schema), "-c", text])
    }

    // MARK: Programs

    /// The folder of the newest PostgreSQL's programs.
    private static let programs: String = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        let newest = versions.compactMap(Int.init).max().map(String.init) ?? "15"
        return "\(root)/\(newest)/bin"
    }()

    /// A folder that every user may be in, which not everybody may be where this process is.
    static let anywhere = "/tmp"

    /// PostgreSQL refuses to run as root.
    static var owner: String { geteuid() == 0 ? "postgres" : NSUserName() }

    static func asOwner(_ words: [String]) -> [String] {
        geteuid() == 0 ? ["/usr/sbin/runuser", "-u", owner, "--"] + words : words
    }

    private static func run(_ program: String, _ arguments: String...) throws {
        try Program.run(asOwner(["\(programs)/\(program)"] + arguments), in: anywhere)
    }

    static func command(_ program: String, _ arguments: [String]) throws {
        try Program.run([program] + arguments, in: anywhere)
    }

    private static func output(_ program: String, _ arguments: [String]) throws -> String {
        try Program.run([program] + arguments, in: anywhere)
    }
}

/// Why there is no PostgreSQL.
package struct PostgresRigError: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
