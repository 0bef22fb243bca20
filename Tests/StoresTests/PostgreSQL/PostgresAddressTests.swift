import PostgresRig
import Testing

@testable import Stores

@Suite("What is shown of an address") struct PostgresAddressTests {
    @Test(
        "It says where, and nothing that is secret",
        arguments: [
            (
                "postgresql://u:secret@db1:5432,db2:5433/durable?target_session_attrs=read-write",
                "postgresql://u@db1:5432,db2:5433/durable"
            ),
            ("postgresql://u:se%2Fcr%40et@db/durable?sslpassword=secret", "postgresql://u@db/durable"),
            ("postgresql:///durable?host=/run/postgresql&password=secret", "postgresql:///run/postgresql/durable"),
            (#"host=db port=5432 user=u password='it\'s secret' dbname=d"#, "postgresql://u@db:5432/d"),
            ("host=db password = secret", "postgresql://db/"), ("postgresql://u:sec ret@db:x y", "postgresql://…"),
            ("nonsense secret", "postgresql://…"),
            ("postgresql://u:sec/ret@db/d", "postgresql://…"), ("postgresql://u:sec@ret@db/d", "postgresql://…"),
        ])
    func publicText(_ conninfo: String, _ shown: String) {
        #expect(PostgresAddress(conninfo).publicText == shown)
    }

    @Test("A read that stands still is ended by the server before long") func idle() throws {
        let connection = try PostgresConnection(PostgresAddress(try PostgresServer.shared.get().newSchema()))
        let limit = try connection.reading {
            try connection.rows("SELECT current_setting('idle_in_transaction_session_timeout')") { $0.text(0) }
        }
        #expect(limit == ["15s"])
    }
}
