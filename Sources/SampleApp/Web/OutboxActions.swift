/// What a user can do beside the outbox.
enum OutboxActions {
    static func section(for user: User) -> HTML {
        """
        <div class="actions">
        \(upgrade(user))
        \(reminder(user))
        \(crm(user))
        </div>
        """
    }

    private static func upgrade(_ user: User) -> HTML {
        guard user.plan == .free else {
            return """
                <section class="card"><h2>Plan</h2>
                <p>You are on the pro plan. Nothing is too heavy for you.</p></section>
                """
        }
        return """
            <form class="card" method="post" action="/outbox/\(user.id)/upgrade">
            <h2>Plan</h2>
            <p>ACME Pro has faster rockets and heavier anvils.</p>
            <button>Upgrade to pro</button>
            </form>
            """
    }

    private static func reminder(_ user: User) -> HTML {
        """
        <form class="card" method="post" action="/outbox/\(user.id)/reminders">
        <h2>Reminder</h2>
        <label for="note">Remind me of</label>
        <input id="note" name="note" required maxlength="\(ReminderForm.longestNote)">
        <label for="minutes">in so many minutes</label>
        <input id="minutes" name="minutes" type="number" required value="5" \
        min="\(ReminderForm.minutesAllowed.lowerBound)" max="\(ReminderForm.minutesAllowed.upperBound)">
        <button>Remind me</button>
        </form>
        """
    }

    private static func crm(_ user: User) -> HTML {
        """
        <form class="card" method="post" action="/outbox/\(user.id)/crm-sync">
        <h2>CRM</h2>
        <label for="failures">Copy me to the CRM, which fails</label>
        <select id="failures" name="failures">
        <option value="0">not at all</option>
        <option value="1" selected>once</option>
        <option value="2">twice</option>
        <option value="4">every time</option>
        </select>
        <button>Copy</button>
        </form>
        """
    }
}
