import Crypto
import JSON
import Wire

/// Takes in what an app says it serves. All of it is checked first; one bad function refuses the whole.
package struct SyncApp: Command {
    private let registration: Registration

    package init(_ registration: Registration) {
        self.registration = registration
    }

    package struct Outcome: Sendable {
        package let appID: NameUUID
        package let syncID: ULID
        /// Whether anything is different from the last time.
        package let modified: Bool
    }

    package func apply(to transaction: Transaction, settings: EngineSettings) throws -> Outcome {
        let configs = try checkedConfigs()
        let appID = NameUUID(naming: "app:\(registration.appName)")
        let syncID = transaction.newID()
        let checksum = Hex.encode(SHA256.hash(data: Array(registration.json.bytes)))
        let known = transaction.catalog.apps[appID]
        if known?.checksum == checksum { return Outcome(appID: appID, syncID: syncID, modified: false) }

        transaction.put(
            AppRecord(
                id: appID, name: registration.appName, url: registration.url, sdk: registration.sdk,
                framework: registration.framework, version: registration.appVersion, checksum: checksum,
                syncedAt: transaction.now))
        for config in configs { try register(config, appID, transaction) }
        let slugs = Set(configs.map(\.slug))
        for function in transaction.catalog.functions(of: appID)
        where function.archivedAt == nil && !slugs.contains(function.slug) {
            try transaction.archive(function)
        }
        return Outcome(appID: appID, syncID: syncID, modified: true)
    }

    private func checkedConfigs() throws -> [FunctionConfig] {
        guard registration.functions.count <= Limits.functionsPerApp else {
            throw Refusal(
                .invalid, "\(registration.functions.count) functions in one app; the limit is \(Limits.functionsPerApp)"
            )
        }
        var problems: [InvalidFunction] = []
        var configs: [FunctionConfig] = []
        for json in registration.functions {
            do throws(InvalidFunction) {
                let config = try FunctionConfig(json)
                try check(config)
                configs.append(config)
            } catch {
                problems.append(error)
            }
        }
        for (slug, same) in Dictionary(grouping: configs, by: \.slug) where same.count > 1 {
            problems.append(InvalidFunction(function: slug, "\(same.count) functions have this id"))
        }
        guard problems.isEmpty else { throw Self.refusal(of: problems) }
        return configs
    }

    private static func refusal(of problems: [InvalidFunction]) -> Refusal {
        let sorted = problems.sorted { $0.description < $1.description }
        return Refusal(
            .invalid,
            "At least one function is invalid: " + sorted.map(\.description).joined(separator: "; "),
            code: sorted.count == 1 ? sorted[0].code.rawValue : Syscode.configuration.rawValue,
            details: sorted.map {
                [
                    "code": .string($0.code.rawValue), "function": .string($0.function), "message": .string($0.reason),
                ]
            })
    }

    private func check(_ config: FunctionConfig) throws(InvalidFunction) {
        try config.checkExpressions()
        for (index, trigger) in config.triggers.enumerated() {
            guard case .cron(let expression, _) = trigger else { continue }
            do { _ = try CronSchedule(expression) } catch {
                throw InvalidFunction(function: config.slug, "triggers[\(index)].cron: \(error)", .schedule)
            }
        }
    }

    private func register(_ config: FunctionConfig, _ appID: NameUUID, _ transaction: Transaction) throws {
        let id = NameUUID(naming: "function:\(registration.appName):\(config.slug)")
        let known = transaction.catalog.functions[id]
        let version = (known?.version ?? 0) + (known?.config == config ? 0 : 1)
        let function = FunctionRecord(
            id: id, appID: appID, config: config, version: version, archivedAt: nil, pausedAt: known?.pausedAt,
            cancelsAt: known?.cancelsAt)
        try transaction.replace(function)
        applyRules(of: function, before: known, transaction)
        let planned = try transaction.cronItems(of: id)
        let wanted = Set(config.schedules.map(\.expression))
        for item in planned {
            guard case .cron(_, let expression) = item.key, !wanted.contains(expression) else { continue }
            transaction.removeQueueItem(item.key)
        }
        for schedule in config.schedules {
            guard let item = planned.first(where: { $0.key == .cron(id, expression: schedule.expression) }) else {
                transaction.plan(schedule, for: function)
                continue
            }
            // The same tick, with another jitter.
            if known?.config.schedules.contains(schedule) != true {
                let before = Timestamp(milliseconds: item.queuedAt.milliseconds - 1)
                transaction.plan(schedule, for: function, after: before)
            }
        }
    }

    /// What the function has been collecting follows its new rules.
    private func applyRules(of function: FunctionRecord, before known: FunctionRecord?, _ transaction: Transaction) {
        guard let old = known?.config.flow else { return }
        let new = function.config.flow
        let isSame =
            (old.debounce == nil || old.debounce == new.debounce) && (old.batch == nil || old.batch == new.batch)
        if isSame { return }
        let selection = RunSelection(functions: [function.id], statuses: [])
        transaction.start(
            BulkJob(id: transaction.newID(), kind: .recollect, selection: selection, createdAt: transaction.now))
    }
}

extension Transaction {
    /// Takes a function away that its app no longer has: nothing starts it, its schedules tick no more.
    func archive(_ function: FunctionRecord) throws {
        try replace(
            FunctionRecord(
                id: function.id, appID: function.appID, config: function.config, version: function.version,
                archivedAt: now, pausedAt: function.pausedAt, cancelsAt: function.cancelsAt))
        for item in try cronItems(of: function.id) { removeQueueItem(item.key) }
    }
}
