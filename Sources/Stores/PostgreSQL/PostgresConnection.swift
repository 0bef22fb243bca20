import CLibPQ
import Dispatch

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One connection to a server. Used by one thread at a time.
///
/// Statements are sent as they come and their results are taken when somebody needs one (pipeline mode), so that a
/// transaction is a few round trips and not one for each statement.
package final class PostgresConnection {
    private let handle: OpaquePointer
    let mode: PostgresMode
    let patience: PostgresPatience
    /// The names of prepared statements, by their text.
    private var prepared: [String: String] = [:]
    private var prepareCount = 0
    /// Queries written with `?`, as PostgreSQL takes them.
    var numberedQueries: [String: String] = [:]
    private var pending: [Pending] = []
    private(set) var roundTrips = 0
    /// How long the last one took.
    private(set) var lastRoundTrip = Duration.zero
    /// Whether it can't be used any more.
    private(set) var isLost = false
    /// Whether something was sent on whose result it depends whether the transaction may be committed.
    private(set) var hasDecisive = false

    private enum Pending {
        case prepare(String)
        case statement(String, take: (OpaquePointer) throws -> Void)
    }

    /// - Parameter conninfo: a URI or keywords, with every option that libpq knows.
    /// - Throws: ``PostgresError``, ``PostgresUnfit``.
    init(_ conninfo: String, mode: PostgresMode = .session, patience: PostgresPatience = PostgresPatience()) throws {
        self.mode = mode
        self.patience = patience
        handle = try Self.connect(conninfo)
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
            defer { PQfinish(handle) }
            throw PostgresError(code: "", message: Self.message(handle), sql: "")
        }
    }

    deinit {
        PQfinish(handle)
    }

    private static func connect(_ conninfo: String) throws -> OpaquePointer {
        // What stands before the conninfo is a default, which it may replace; what stands after it is fixed.
        let options: KeyValuePairs = [
            "connect_timeout": "5", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
            "tcp_user_timeout": "20000", "target_session_attrs": "read-write", "dbname": conninfo,
            "client_encoding": "UTF8", "fallback_application_name": "orchestrator",
        ]
        var keywords = options.map { UnsafePointer(strdup($0.key)) } + [nil]
        var values = options.map { UnsafePointer(strdup($0.value)) } + [nil]
        defer { for word in keywords + values { free(UnsafeMutablePointer(mutating: word)) } }
        guard let handle = PQconnectdbParams(&keywords, &values, 1) else {
            throw PostgresError(code: "", message: "out of memory", sql: "")
        }
        guard PQstatus(handle) == CONNECTION_OK else {
            defer { PQfinish(handle) }
            let message = message(handle)
            throw PostgresUnfit(connecting: message) ?? PostgresError(code: "", message: message, sql: "")
        }
        // Of no use to anybody, such as that a table is there already; libpq would print them.
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        return handle
    }

    private static func message(_ handle: OpaquePointer) -> String {
        PQerrorMessage(handle).map { String(cString: $0) } ?? "unknown error"
    }

    /// The socket, to wait on for notifications.
    var socket: Int32 { PQsocket(handle) }

    // MARK: Statements

    /// Sends a statement. What it finds is handed to `take` at the next ``drain()``.
    ///
    /// - Parameter isDecisive: whether `take` may find that the transaction must not be committed.
    func send(
        _ sql: String, _ parameters: [PostgresParameter] = [], isDecisive: Bool = false,
        take: @escaping (OpaquePointer) throws -> Void = { _ in }
    ) throws {
        guard !isLost else { throw lost(sql) }
        if isDecisive { hasDecisive = true }
        let encoded = PostgresParameters(parameters)
        let sent =
            switch mode {
            case .session: execute(try prepare(sql), encoded)
            case .transaction: executeUnnamed(sql, encoded)
            }
        guard sent == 1 else { throw lose(sql) }
        pending.append(.statement(sql, take: take))
    }

    /// Sends a statement and waits for its rows, and for everything that was sent before it.
    func rows<Element>(
        _ sql: String, _ parameters: [PostgresParameter] = [], row: @escaping (any ColumnRow) -> Element?
    ) throws -> [Element] {
        var elements: [Element] = []
        try send(sql, parameters) { result in elements = Self.elements(result, row) }
        try drain()
        return elements
    }

    static func elements<Element>(_ result: OpaquePointer, _ row: (any ColumnRow) -> Element?) -> [Element] {
        (0..<PQntuples(result)).compactMap { row(PostgresRow(result: result, row: $0)) }
    }

    /// How many rows a statement has changed.
    static func changed(_ result: OpaquePointer) -> Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// Runs statements that have no parameters, for schemas.
    ///
    /// - Parameter takesItsTime: whether an answer is waited for as long as the connection is there.
    package func execute(_ script: String, takesItsTime: Bool = false) throws {
        try drain()
        guard PQexitPipelineMode(handle) == 1 else { throw lose(script) }
        defer { if !isLost { PQenterPipelineMode(handle) } }
        guard PQsendQuery(handle, script) == 1 else { throw lose(script) }
        var failure: (any Error)?
        while let result = try nextResult(script, takesItsTime: takesItsTime) {
            failure = failure ?? error(of: result, script)
            PQclear(result)
        }
        if let failure { throw failure }
    }

    private func prepare(_ sql: String) throws -> String {
        if let name = prepared[sql] { return name }
        prepareCount += 1
        let name = "s\(prepareCount)"
        guard PQsendPrepare(handle, name, sql, 0, nil) == 1 else { throw lose(sql) }
        prepared[sql] = name
        pending.append(.prepare(sql))
        return name
    }

    private func execute(_ name: String, _ parameters: PostgresParameters) -> Int32 {
        withPointers(to: parameters) { count, values, lengths, formats in
            PQsendQueryPrepared(handle, name, count, values, lengths, formats, 1)
        }
    }

    private func executeUnnamed(_ sql: String, _ parameters: PostgresParameters) -> Int32 {
        withPointers(to: parameters) { count, values, lengths, formats in
            PQsendQueryParams(handle, sql, count, nil, values, lengths, formats, 1)
        }
    }

    private func withPointers(
        to parameters: PostgresParameters,
        _ body: (Int32, [UnsafePointer<CChar>?], [Int32], [Int32]) -> Int32
    ) -> Int32 {
        // One byte more, for an empty buffer has no address and a value without bytes is not NULL.
        (parameters.buffer + [0]).withUnsafeBytes { bytes in
            let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return body(
                Int32(parameters.ranges.count),
                parameters.ranges.map { range in range.flatMap { range in start.map { $0 + range.lowerBound } } },
                parameters.ranges.map { Int32($0?.count ?? 0) }, parameters.ranges.map { _ in 1 })
        }
    }

    // MARK: Results

    /// Waits for the results of everything that was sent.
    ///
    /// - Throws: the first error; what was sent after it has not happened.
    func drain() throws {
        guard !pending.isEmpty else { return }
        guard !isLost, PQpipelineSync(handle) == 1 else { throw lose("") }
        roundTrips += 1
        let sent = ContinuousClock.now
        defer { lastRoundTrip = ContinuousClock.now - sent }
        var failure: (any Error)?
        let entries = pending
        pending = []
        hasDecisive = false
        for entry in entries {
            let sql: String
            switch entry {
            case .prepare(let text): sql = text
            case .statement(let text, _): sql = text
            }
            while let result = try nextResult(sql) {
                defer { PQclear(result) }
                let error = error(of: result, sql)
                if error != nil, case .prepare = entry { prepared[sql] = nil }
                failure = failure ?? error
                guard failure == nil, case .statement(_, let take) = entry else { continue }
                do { try take(result) } catch { failure = error }
            }
        }
        PQclear(try nextResult(""))
        if let failure { throw failure }
    }

    private func error(of result: OpaquePointer, _ sql: String) -> (any Error)? {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_PIPELINE_SYNC, PGRES_EMPTY_QUERY: return nil
        case PGRES_PIPELINE_ABORTED:
            return PostgresError(code: "25P02", message: "an earlier statement has failed", sql: sql)
        default:
            let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
            let error = PostgresError(code: code, message: String(cString: PQresultErrorMessage(result)), sql: sql)
            if error.losesConnection || error.hasOtherStatements { isLost = true }
            return error.hasOtherStatements ? PostgresUnfit.pooled : error
        }
    }

    /// The next result; nil between those of two statements.
    private func nextResult(_ sql: String, takesItsTime: Bool = false) throws -> OpaquePointer? {
        let deadline = ContinuousClock.now + (takesItsTime ? .seconds(30 * 86_400) : patience.answer)
        while true {
            let unsent = PQflush(handle)
            if unsent < 0 { throw lose(sql) }
            if PQisBusy(handle) == 0 { return PQgetResult(handle) }
            let events = Int16(POLLIN) | (unsent == 1 ? Int16(POLLOUT) : 0)
            guard wait(for: events, until: deadline) else {
                isLost = true
                throw PostgresError(code: "", message: "the server does not answer (\(patience.answer))", sql: sql)
            }
            if PQconsumeInput(handle) == 0 { throw lose(sql) }
        }
    }

    private func wait(for events: Int16, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = deadline - .now
            guard left > .zero else { return false }
            var descriptor = pollfd(fd: socket, events: events, revents: 0)
            let count = poll(&descriptor, 1, Int32(min(left.components.seconds, 3600)) * 1000 + 1000)
            if count > 0 { return true }
            if count < 0, errno != EINTR { return true }
        }
    }

    /// Ends it for both sides, in the middle of whatever goes on.
    func breakOff() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// Finds out whether the server has ended the connection while nobody asked anything, as in a restart.
    func look() {
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        while !isLost, poll(&descriptor, 1, 0) > 0 {
            if PQconsumeInput(handle) == 0 { isLost = true }
        }
    }

    private func lose(_ sql: String) -> PostgresError {
        isLost = true
        return PostgresError(code: "", message: Self.message(handle), sql: sql)
    }

    private func lost(_ sql: String) -> PostgresError {
        PostgresError(code: "", message: "the connection is lost", sql: sql)
    }

    // MARK: Notifications

    /// Waits for notifications, and returns what has come: channel and payload. Used between statements.
    func notifications(until deadline: ContinuousClock.Instant, wakeUp: Int32) throws -> [(String, String)] {
        if let early = nextNotifications() { return early }
        var descriptors = [
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0),
        ]
        let left = (deadline - .now).components
        let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
        poll(&descriptors, 2, Int32(max(0, milliseconds)))
        if PQconsumeInput(handle) == 0 { throw lose("") }
        return nextNotifications() ?? []
    }

    private func nextNotifications() -> [(String, String)]? {
        var found: [(String, String)] = []
        while let notification = PQnotifies(handle) {
            found.append((String(cString: notification.pointee.relname), String(cString: notification.pointee.extra)))
            PQfreemem(notification)
        }
        return found.isEmpty ? nil : found
    }
}

/// What stands between this process and the server.
package enum PostgresMode: String, Sendable, CaseIterable {
    /// Nothing, or a pooler that gives a client a server of its own: statements are prepared once.
    case session
    /// A pooler that gives a client another server for each transaction, such as PgBouncer in transaction mode:
    /// nothing may outlive a transaction, so nothing is prepared, and there are no notifications.
    case transaction
}
