import JSON
import Testing
import Wire

@testable import Orchestrator

@Suite("Who may use the dashboard")
struct SessionTests {
    private func users() throws -> DashboardUsers {
        var users = DashboardUsers()
        try users.add("ada:correct horse", as: .admin)
        try users.add("guest:only looking", as: .viewer)
        try users.add(token: "a-token-of-some-length")
        return users
    }

    private typealias Running = RunningOrchestrator

    /// A cookie with its CSRF token.
    private func logIn(_ orchestrator: Running, _ body: String) async throws -> [String: String] {
        let answer = try await orchestrator.send("POST", "/login", body: body, headers: ["authorization": ""])
        let cookie = try #require(answer.headers["set-cookie"])
        let headers = ["authorization": "", "cookie": String(cookie.prefix { $0 != ";" })]
        let session = try await orchestrator.send("GET", "/v1/session", headers: headers)
        return headers.merging(["x-csrf-token": session.data["csrf"]?.string ?? ""]) { first, _ in first }
    }

    @Test("Names want passwords of some length", arguments: ["ada", "ada:", ":password", "ada:short", "a b:password"])
    func refusedUsers(text: String) {
        #expect(throws: InvalidDashboardUser.self) {
            var users = DashboardUsers()
            try users.add(text, as: .admin)
        }
    }

    @Test("An admin may do everything with the token of the session, and nothing without")
    func admin() async throws {
        let users = try users()
        try await Running.with(kind: .cloud, users: users) { orchestrator in
            let headers = try await logIn(orchestrator, #"{"user":"ada","password":"correct horse"}"#)
            #expect(try await orchestrator.send("GET", "/v1/runs", headers: headers).status == 200)
            let body = #"{"name":"a","data":{}}"#
            #expect(try await orchestrator.send("POST", "/v1/events", body: body, headers: headers).status == 200)
            let bare = headers.filter { $0.key != "x-csrf-token" }
            let refused = try await orchestrator.send("POST", "/v1/events", body: body, headers: bare)
            #expect(refused.status == 403)
            #expect(refused.json["error"]?.string?.contains("X-CSRF-Token") == true)
        }
    }

    @Test("A session holds beside the password of a proxy in front, and not beside a bearer token")
    func otherAuthorization() async throws {
        let users = try users()
        try await Running.with(kind: .cloud, users: users) { orchestrator in
            var headers = try await logIn(orchestrator, #"{"user":"ada","password":"correct horse"}"#)
            headers["authorization"] = "Basic b3BzOnNlY3JldA=="
            #expect(try await orchestrator.send("GET", "/v1/runs", headers: headers).status == 200)
            headers["authorization"] = "Bearer wrong"
            #expect(try await orchestrator.send("GET", "/v1/runs", headers: headers).status == 401)
        }
    }

    @Test("A viewer may look and change nothing; a token stands for an admin")
    func viewer() async throws {
        let users = try users()
        try await Running.with(kind: .cloud, users: users) { orchestrator in
            let viewer = try await logIn(orchestrator, #"{"user":"guest","password":"only looking"}"#)
            #expect(try await orchestrator.send("GET", "/v1/runs", headers: viewer).status == 200)
            let refused = try await orchestrator.send("POST", "/v1/events", body: "[]", headers: viewer)
            #expect(refused.status == 403)
            #expect(refused.json["error"]?.string?.contains("guest") == true)
            let token = try await logIn(orchestrator, #"{"password":"a-token-of-some-length"}"#)
            #expect(try await orchestrator.send("POST", "/v1/events", body: "[]", headers: token).status == 200)
        }
    }

    @Test("Who logs in at one orchestrator is logged in at those beside it, until the password is another one")
    func severalNodes() async throws {
        let users = try users()
        var changed = DashboardUsers()
        try changed.add("ada:another horse", as: .admin)
        let later = changed
        try await Running.with(kind: .cloud, users: users) { first in
            let headers = try await logIn(first, #"{"user":"ada","password":"correct horse"}"#)
            let body = #"{"name":"a","data":{}}"#
            let here = try await Running.with(kind: .cloud, users: users) { second in
                let read = try await second.send("GET", "/v1/runs", headers: headers).status
                return [read, try await second.send("POST", "/v1/events", body: body, headers: headers).status]
            }
            let there = try await Running.with(kind: .cloud, users: later) { third in
                try await third.send("GET", "/v1/runs", headers: headers).status
            }
            #expect(here == [200, 200])
            #expect(there == 401)
        }
    }

    @Test("The cookie is safe, and a forged one is nothing")
    func cookies() async throws {
        let users = try users()
        try await Running.with(kind: .cloud, users: users) { orchestrator in
            let body = #"{"user":"ada","password":"correct horse"}"#
            var headers = ["authorization": "", "x-forwarded-proto": "https"]
            let answer = try await orchestrator.send("POST", "/login", body: body, headers: headers)
            let cookie = answer.headers["set-cookie"] ?? ""
            for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/", "Max-Age="] {
                #expect(cookie.contains(attribute), "\(attribute)")
            }
            var value = String(cookie.prefix { $0 != ";" })
            value.removeLast()
            headers["cookie"] = value
            #expect(try await orchestrator.send("GET", "/v1/runs", headers: headers).status == 401)
            headers["origin"] = "https://evil.example"
            let refused = try await orchestrator.send("POST", "/login", body: body, headers: headers)
            #expect(refused.status == 403)
            // Where a proxy has put its own, this is how one finds out.
            #expect(refused.json["error"]?.string?.contains("'127.0.0.1:\(orchestrator.port)'") == true)
            #expect(refused.json["error"]?.string?.contains("proxy_set_header Host") == true)
            let out = try await orchestrator.send("POST", "/logout", headers: ["authorization": ""])
            #expect(out.headers["set-cookie"]?.contains("Max-Age=0") == true)
        }
    }

    @Test("Guessing is slow")
    func guessing() async throws {
        let users = try users()
        try await Running.with(kind: .cloud, users: users) { orchestrator in
            var statuses: [Int] = []
            for number in 0..<12 {
                let body = #"{"user":"ada","password":"guess-number-\#(number)"}"#
                statuses.append(try await orchestrator.send("POST", "/login", body: body).status)
            }
            #expect(statuses.prefix(10).allSatisfy { $0 == 401 })
            #expect(statuses.suffix(2) == [429, 429])
            let other = #"{"user":"guest","password":"only looking"}"#
            #expect(try await orchestrator.send("POST", "/login", body: other).status == 200)
        }
    }

    @Test("A token is too long to be guessed")
    func shortToken() throws {
        var users = DashboardUsers()
        #expect(throws: ShortDashboardToken.self) { try users.add(token: "short-token") }
        try users.add(token: "a-token-of-some-length")
    }

    @Test("Without users there is a page that says how to add them, and no way in")
    func unset() async throws {
        try await Running.with(kind: .cloud) { orchestrator in
            let session = try await orchestrator.send("GET", "/v1/session", headers: ["authorization": ""])
            #expect(session.data["login"]?.string == "unset")
            #expect(session.data["role"]?.isNull == true)
            let body = #"{"user":"","password":""}"#
            #expect(try await orchestrator.send("POST", "/login", body: body).status == 401)
            #expect(try await orchestrator.send("GET", "/v1/live", headers: ["authorization": ""]).status == 401)
        }
    }
}
