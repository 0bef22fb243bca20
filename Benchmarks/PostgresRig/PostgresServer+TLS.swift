import Foundation

extension PostgresServer {
    /// Has the server take connections over TCP from users who show a certificate of the authority, and nobody else.
    ///
    /// - Returns: its address, one of loopback.
    package func takeCertificates(_ certificates: Certificates) throws -> String {
        // One of its own, so that the port needs not be.
        let address = "127.\((0..<3).map { _ in String(Int.random(in: 1...254)) }.joined(separator: "."))"
        try Self.command("chown", [Self.owner, certificates.path("server.key")])
        for (name, value) in [
            ("listen_addresses", address), ("ssl", "on"), ("ssl_cert_file", certificates.path("server.crt")),
            ("ssl_key_file", certificates.path("server.key")), ("ssl_ca_file", certificates.path("ca.crt")),
        ] {
            try sql("ALTER SYSTEM SET \(name) = '\(value)'")
        }
        try "local all postgres trust\nhostssl all all 127.0.0.0/8 cert\n"
            .write(toFile: data + "/pg_hba.conf", atomically: false, encoding: .utf8)
        stop()
        try start()
        return address
    }
}
