import AppSDK

/// The emails that a new user gets, over five days, by what the user does.
func dripCampaign(mailer: any Mailer, users: UserStore) -> some DurableFunction {
    Function("drip-campaign", on: .event(SignupCompleted.self), .name("Drip campaign")) { context in
        let (user, step) = (context.event.data, context.step)

        let welcome = try await step.email("welcome", .welcome(to: user.name), to: user.email, by: mailer)
        let click = try await step.waitForEvent(
            "click", EmailClicked.self, timeout: .days(3), where: \.emailID, equals: welcome.emailID)
        if click != nil {
            try await step.sleep("let-it-sink-in", for: .days(1))
            try await step.email("power-user-tips", .powerUserTips(for: user.name), to: user.email, by: mailer)
            try await step.sleep("before-the-offer", for: .days(1))
        }

        // Five days may have passed: what counts is the plan of today.
        let plan = try await step.run("plan") { try await users.user(id: user.userID)?.plan }
        if plan != .pro {
            try await step.email("trial-offer", .trialOffer(for: user.name), to: user.email, by: mailer)
        }
    }
}
