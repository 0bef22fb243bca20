import AppSDK

/// Sends a reminder. The event carries the time it is due, so the run starts only then.
func sendReminder(mailer: any Mailer) -> some DurableFunction {
    Function("send-reminder", on: .event(ReminderDue.self)) { context in
        let reminder = context.event.data
        try await context.step.email("reminder", .reminder(reminder.note), to: reminder.email, by: mailer)
    }
}
