import AppSDK

/// Tells the team on Monday mornings how many users there are.
func weeklyReport(
    mailer: any Mailer, users: UserStore, team: EmailAddress
) -> some DurableFunction<CronTick, UserCounts> {
    Function("weekly-report", on: .cron("TZ=Europe/Paris 0 9 * * mon")) { context in
        let step = context.step
        let counts = try await step.run("count") {
            let counts = try await users.counts()
            return UserCounts(free: counts[.free] ?? 0, pro: counts[.pro] ?? 0)
        }
        try await step.email("report", .weeklyReport(free: counts.free, pro: counts.pro), to: team, by: mailer)
        return counts
    }
}

/// How many users there are.
struct UserCounts: Codable, Hashable, Sendable {
    let free: Int
    let pro: Int
}
