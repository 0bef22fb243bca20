import AppSDK

/// Somebody has signed up.
struct SignupCompleted: EventPayload {
    static let eventName = "app/signup.completed"
    let userID: String
    let name: String
    let email: EmailAddress
}

/// A link in an email was clicked. The names are those of Resend's webhook.
struct EmailClicked: EventPayload {
    static let eventName = "resend/email.clicked"
    let emailID: String
    let link: String

    enum CodingKeys: String, CodingKey {
        case emailID = "email_id"
        case link
    }
}

/// A user has moved to the pro plan.
struct AccountUpgraded: EventPayload {
    static let eventName = "app/account.upgraded"
    let userID: String
    let name: String
    let email: EmailAddress
}

/// A reminder that a user asked for is due. Sent ahead of its time: the run starts then.
struct ReminderDue: EventPayload {
    static let eventName = "app/reminder.due"
    let email: EmailAddress
    let note: String
}

/// A contact is to be copied to the CRM.
struct CRMSyncRequested: EventPayload {
    static let eventName = "app/crm.sync.requested"
    let email: EmailAddress
    /// How many attempts the CRM fails, to show retries.
    let failures: Int
}
