import AppSDK
import AppSDKHummingbird
import Foundation
import JSON
import PostgresRig
import Testing

/// `orchestrator start` on a PostgreSQL that takes certificates and nothing else.
@Suite("PostgreSQL over TLS", .timeLimit(.minutes(10)))
struct TLSTests {
    private let server: PostgresServer
    private let certificates: Certificates
    private let address: String

    init() throws {
        server = try PostgresServer()
        certificates = try Certificates(
            in: server.folder.appendingPathComponent("certificates"), server: "db.durable.test", user: "durable")
        try server.sql("CREATE ROLE durable LOGIN")
        try server.sql("CREATE SCHEMA durable AUTHORIZATION durable")
        address = try server.takeCertificates(certificates)
    }

    private func uri(_ changes: [String: String?] = [:], user: String = "durable", host: String = "db.durable.test")
        -> String
    {
        var options: [String: String?] = [
            "hostaddr": address, "sslmode": "verify-full", "sslrootcert": certificates.path("ca.crt"),
            "sslcert": certificates.path("client.crt"), "sslkey": certificates.path("client.key"),
        ]
        options.merge(changes) { $1 }
        let query = options.compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: "&")
        return "postgresql://\(user)@\(host)/postgres?\(query)"
    }

    @Test("With sslmode=verify-full and a certificate of its own, every connection is one of TLS, and runs finish")
    func works() async throws {
        try await RealNode.with(["node"]) { [server, uri = uri()] nodes in
            try await nodes[0].start(on: uri)
            let app = try App("secret", configuration: nodes[0].configuration) {
                Function("add", on: .event(named: "secret/add")) { context in
                    try await context.step.run("one") { 1 }
                }
            }
            try await serving(RealNode.router(app)) { url in
                try await nodes[0].api.register(url + "/api/inngest")
                let event = try await nodes[0].send("secret/add")
                #expect(try await nodes[0].completedRun(of: event)["output"] == 1)
            }
            let connections = try server.sql(
                """
                SELECT count(*) > 2, bool_and(ssl), min(client_dn), max(client_dn)
                FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'durable'
                """)
            #expect(connections == "t|t|/CN=durable|/CN=durable")
        }
    }

    @Test("What does not fit is refused at the start, with what was wrong and what to do")
    func refused() async throws {
        let cases: [(uri: String, said: String, advice: String)] = [
            (uri(["sslrootcert": certificates.path("stranger.crt")]), "certificate verify failed", "sslrootcert"),
            (uri(["sslrootcert": "/nowhere"]), "root certificate file", "sslrootcert has to name"),
            (uri(host: "other.durable.test"), "does not match host name", "use that one as host"),
            (uri(["sslcert": nil, "sslkey": nil]), "requires a valid client certificate", "with sslcert and sslkey"),
            (uri(user: "postgres"), "certificate authentication failed", "another user than the one in the URI"),
            (uri(["sslkey": "/nowhere"]), "private key file", "sslkey"),
            (uri(["sslmode": "disable"]), "no pg_hba.conf entry", "pg_hba.conf on the server"),
        ]
        for (uri, said, advice) in cases {
            try await RealNode.with(["node"]) { nodes in
                try nodes[0].launch(on: uri)
                #expect(try await nodes[0].child.ended() == 78)
                let output = nodes[0].child.output
                #expect(output.contains(said) && output.contains(advice), "\(output)")
            }
        }
    }
}
