import AppSDK

// Two functions on one event: each has its own run, and a failure of one is no matter to the other.

/// Thanks a user for an upgrade.
func thankForUpgrade(mailer: any Mailer) -> some DurableFunction {
    Function("thank-for-upgrade", on: .event(AccountUpgraded.self)) { context in
        let user = context.event.data
        try await context.step.email("thanks", .upgradeThanks(to: user.name), to: user.email, by: mailer)
    }
}

/// Tells the team about an upgrade.
func announceUpgrade(mailer: any Mailer, team: EmailAddress) -> some DurableFunction {
    Function("announce-upgrade", on: .event(AccountUpgraded.self)) { context in
        let email = context.event.data.email
        try await context.step.email("notice", .upgradeNotice(email: email), to: team, by: mailer)
    }
}
