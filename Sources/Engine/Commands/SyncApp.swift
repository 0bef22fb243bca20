import Crypto
import Expressions
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
            try archive(function, transaction)
        }
        return Outcome(appID: appID, syncID: syncID, modified: true)
    }

    private func checkedConfigs() throws -> [FunctionConfig] {
        guard registration.functions.count <= Limits.functionsPerApp else {
            throw Refusal(
                .invalid, "\(registration.functions.count) functions in one app; the limit is \(Limits.functionsPerApp)"
            )
        }
        var errors: [String] = []
        var configs: [FunctionConfig] = []
        for json in registration.functions {
            do {
                let config = try FunctionConfig(json)
                try check(config)
                configs.append(config)
            } catch {
                errors.append("\(error)")
            }
        }
        for (slug, same) in Dictionary(grouping: configs, by: \.slug) where same.count > 1 {
            errors.append("function '\(slug)': \(same.count) functions have this id")
        }
        guard errors.isEmpty else { throw Refusal(.invalid, errors.sorted().joined(separator: "; ")) }
        return configs
    }

    private func check(_ config: FunctionConfig) throws(InvalidFunction) {
        for (index, trigger) in config.triggers.enumerated() {
            switch trigger {
            case .event(_, let source?):
                do { _ = try Expression.compile(source) } catch {
                    throw InvalidFunction(function: config.slug, "triggers[\(index)].expression: \(error)")
                }
            case .event(_, nil): break
            case .cron(let expression, _):
                do { _ = try CronSchedule(expression) } catch {
                    throw InvalidFunction(function: config.slug, "triggers[\(index)].cron: \(error)")
                }
            }
        }
    }

    private func register(_ config: FunctionConfig, _ appID: NameUUID, _ transaction: Transaction) throws {
        let id = NameUUID(naming: "function:\(registration.appName):\(config.slug)")
        let known = transaction.catalog.functions[id]
        let version = (known?.version ?? 0) + (known?.config == config ? 0 : 1)
        let function = FunctionRecord(id: id, appID: appID, config: config, version: version, archivedAt: nil)
        try transaction.replace(function)
        let planned = try transaction.cronItems(of: id)
        let wanted = Set(config.schedules.map(\.expression))
        for item in planned {
            guard case .cron(_, let expression) = item.key, !wanted.contains(expression) else { continue }
            transaction.removeQueueItem(item.key)
        }
        for schedule in config.schedules
        where !planned.contains(where: { $0.key == .cron(id, expression: schedule.expression) }) {
            transaction.plan(schedule, for: function)
        }
    }

    private func archive(_ function: FunctionRecord, _ transaction: Transaction) throws {
        try transaction.replace(
            FunctionRecord(
                id: function.id, appID: function.appID, config: function.config, version: function.version,
                archivedAt: transaction.now))
        for item in try transaction.cronItems(of: function.id) { transaction.removeQueueItem(item.key) }
    }
}
