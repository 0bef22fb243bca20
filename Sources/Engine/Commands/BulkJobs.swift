import Expressions
import JSON
import Wire

/// Cancels or replays many runs, in the background.
package struct StartBulkJob: Command {
    private let kind: BulkJob.Kind
    private let functions: [String]?
    private let app: String?
    private let statuses: Set<Run.Status>
    private let since: Timestamp?
    private let until: Timestamp?
    private let condition: String?
    private let runs: [ULID]?
    private let failure: String?
    private let expected: Int?

    /// - Parameters:
    ///   - functions: slugs or ids; nil for those of `app`, or of all apps.
    ///   - app: an app's name or id.
    ///   - until: runs created before; those created after the command are never meant.
    ///   - condition: an expression over `event`, `output` and `error`.
    ///   - runs: these alone, each once.
    ///   - failure: runs that failed for this reason; `since` and `until` are about when they failed.
    ///   - expected: about how many runs are meant.
    package init(
        _ kind: BulkJob.Kind, functions: [String]? = nil, app: String? = nil, statuses: Set<Run.Status>,
        since: Timestamp? = nil, until: Timestamp? = nil, condition: String? = nil, runs: [ULID]? = nil,
        failure: String? = nil,
        expected: Int? = nil
    ) {
        self.kind = kind
        self.functions = functions
        self.app = app
        self.statuses = statuses
        self.since = since
        self.until = until
        self.condition = condition
        var seen: Set<ULID> = []
        self.runs = runs?.filter { seen.insert($0).inserted }
        self.failure = failure
        self.expected = self.runs?.count ?? expected
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> BulkJob {
        if let condition {
            do { _ = try Expression.compile(condition, variables: RunSelection.variables) } catch {
                throw Refusal(.invalid, "if: \(error)")
            }
        }
        if let runs, runs.count > Limits.runsPerJob {
            throw Refusal(.invalid, "run_ids: \(runs.count) of them; \(Limits.runsPerJob) are possible in one request")
        }
        let now = transaction.now
        let end = until.flatMap { $0 < now ? $0 : nil }
        let selection = RunSelection(
            functions: try selected(transaction), statuses: statuses, since: since, until: end, condition: condition,
            runs: runs, failure: failure)
        let job = BulkJob(
            id: transaction.newID(), kind: kind, selection: selection, createdAt: now, expected: expected)
        transaction.start(job)
        return job
    }

    private func selected(_ transaction: Transaction) throws -> [NameUUID]? {
        if let functions { return try functions.map { try transaction.registered($0).id } }
        guard let app else { return nil }
        guard let record = transaction.catalog.apps.values.first(where: { $0.name == app || $0.id.description == app })
        else { throw Refusal(.notFound, "there is no app '\(app)'; `orchestrator apps` lists them") }
        return transaction.catalog.functions(of: record.id).map(\.id)
    }
}

/// Leaves what a job has not done yet undone.
package struct CancelBulkJob: Command {
    private let id: ULID
    private let kind: BulkJob.Kind

    package init(_ id: ULID, _ kind: BulkJob.Kind) {
        self.id = id
        self.kind = kind
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws {
        guard var job = try transaction.job(id), job.kind == kind else {
            throw Refusal(.notFound, "there is no \(kind.rawValue) job \(id)")
        }
        guard job.status == .running else {
            throw Refusal(.conflict, "the job \(id) has already ended: \(job.status.rawValue)")
        }
        job.status = .cancelled
        job.endedAt = transaction.now
        transaction.put(job)
        transaction.removeQueueItem(.job(id))
    }
}
