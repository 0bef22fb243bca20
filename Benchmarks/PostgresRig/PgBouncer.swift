import Foundation

/// A PgBouncer in transaction mode before a server: a client has another server process for each transaction.
package final class PgBouncer: Sendable {
    private let server: PostgresServer
    private let watchdog: Watchdog
    private let folder: URL

    package init(before server: PostgresServer) throws {
        self.server = server
        folder = server.folder.appendingPathComponent("pool")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try """
        [databases]
        postgres = host=\(server.folder.path) port=5432 user=postgres dbname=postgres
        [pgbouncer]
        listen_port = 6432
        unix_socket_dir = \(folder.path)
        auth_type = any
        pool_mode = transaction
        default_pool_size = 3
        server_round_robin = 1
        """.write(to: folder.appendingPathComponent("pool.ini"), atomically: false, encoding: .utf8)
        try PostgresServer.command("chown", ["-R", PostgresServer.owner, folder.path])
        let program = PostgresServer.asOwner(["/usr/sbin/pgbouncer", "\(folder.path)/pool.ini"])
        watchdog = try Watchdog(
            """
            \(program.joined(separator: " ")) </dev/null >'\(folder.path)/log' 2>&1 & pool=$!
            read -r line
            kill -TERM $pool
            """)
        let socket = folder.appendingPathComponent(".s.PGSQL.6432").path
        for _ in 0..<200 where !FileManager.default.fileExists(atPath: socket) {
            Thread.sleep(forTimeInterval: 0.05)
        }
        guard FileManager.default.fileExists(atPath: socket) else {
            let said = (try? String(contentsOf: folder.appendingPathComponent("log"), encoding: .utf8)) ?? ""
            throw PostgresRigError("PgBouncer did not start: \(said)")
        }
    }

    deinit { watchdog.dismiss() }

    package var uri: String { "postgresql://postgres@/postgres?host=\(folder.path)&port=6432" }
}
