/// The letters that ACME writes.
extension Letter {
    static func welcome(to name: String) -> Letter {
        Letter(
            subject: "Welcome to ACME, \(name)!",
            paragraphs: [
                "Hi \(name), good to have you with us.",
                "Everything that leaves our workshop works at the first attempt, or at the fifth. "
                    + "Start with the tour: it takes two minutes.",
            ],
            links: [Link(label: "Take the tour", target: "/read/tour")])
    }

    static func powerUserTips(for name: String) -> Letter {
        Letter(
            subject: "Three tips for power users",
            paragraphs: [
                "\(name), you had a look around yesterday, so you may like these.",
                "Group your orders. Name your anvils. Never order a rocket without a helmet.",
            ],
            links: [Link(label: "All tips", target: "/read/tips")])
    }

    static func trialOffer(for name: String) -> Letter {
        Letter(
            subject: "Two weeks of ACME Pro, on us",
            paragraphs: [
                "\(name), ACME Pro has faster rockets and heavier anvils.",
                "Try it for two weeks. It costs nothing, and ends by itself.",
            ],
            links: [Link(label: "Start the trial", target: "/read/trial")])
    }

    static func upgradeThanks(to name: String) -> Letter {
        Letter(
            subject: "You are on ACME Pro now",
            paragraphs: ["Thank you, \(name). Your first heavy anvil is on its way. Mind your head."],
            links: [Link(label: "What is new for you", target: "/read/pro")])
    }

    static func reminder(_ note: String) -> Letter {
        Letter(subject: "You asked us to remind you", paragraphs: ["You wrote:", note])
    }

    static func upgradeNotice(email: EmailAddress) -> Letter {
        Letter(subject: "An upgrade", paragraphs: ["\(email) is on the pro plan now. Ring the bell."])
    }

    static func weeklyReport(free: Int, pro: Int) -> Letter {
        Letter(
            subject: "The week at ACME",
            paragraphs: ["\(free + pro) users: \(free) on the free plan, \(pro) on the pro plan."])
    }

    static func crmFailure(email: EmailAddress, reason: String) -> Letter {
        Letter(subject: "The CRM did not take a contact", paragraphs: ["\(email) has to be entered by hand.", reason])
    }
}
