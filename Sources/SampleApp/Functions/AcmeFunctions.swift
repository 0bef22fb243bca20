import AppSDK

extension App {
    /// ACME's functions.
    static func acme(
        _ configuration: AppSDK.Configuration, mailer: any Mailer, users: UserStore, team: EmailAddress
    ) throws -> App {
        try App("acme", configuration: configuration) {
            dripCampaign(mailer: mailer, users: users)
            thankForUpgrade(mailer: mailer)
            announceUpgrade(mailer: mailer, team: team)
            sendReminder(mailer: mailer)
            weeklyReport(mailer: mailer, users: users, team: team)
            syncCRM(mailer: mailer, team: team)
        }
    }
}
