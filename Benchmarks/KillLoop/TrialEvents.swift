import AppSDK

/// The data of every event of the trial: who it is about.
struct Subject: Codable, Sendable {
    let key: String
}

/// What the trial's functions return: who it was about, and the results of their steps in order.
struct Receipt: Codable, Sendable {
    let key: String
    let steps: [String]
}

/// Asks for an answer with the same key.
struct Question: EventPayload {
    static let eventName = "trial/question"
    let key: String
}

struct Answer: EventPayload {
    static let eventName = "trial/answer"
    let key: String
}

/// An event that clients send: what it starts, and which steps run in that.
struct TrialEvent: Sendable {
    let name: String
    /// Each starts once.
    let functions: [String]

    /// Those that clients send.
    static let sent =
        [
            TrialEvent(name: "trial/sequence", functions: ["trial-sequence", "trial-witness"]),
            TrialEvent(name: "trial/nap", functions: ["trial-nap"]),
            TrialEvent(name: "trial/fan", functions: ["trial-fan"]),
            TrialEvent(name: "trial/ask", functions: ["trial-asker"]),
            TrialEvent(name: "trial/call", functions: ["trial-caller"]),
        ] + RuleTrial.functions.map { TrialEvent(name: "rules/\($0)", functions: []) }

    /// And those that the functions send.
    static let all =
        sent + [
            TrialEvent(name: Question.eventName, functions: ["trial-answerer"]),
            TrialEvent(name: Answer.eventName, functions: []),
        ]

    /// The steps with code, whose results a function returns, in order.
    static let steps = [
        "trial-sequence": ["first", "fails-once", "last"],
        "trial-witness": ["seen"],
        "trial-nap": ["before", "after"],
        "trial-fan": ["left", "middle", "right", "join"],
        "trial-asker": ["prepare", "use"],
        "trial-answerer": ["think"],
        "trial-caller": ["before", "work", "after"],
        "trial-callee": ["work"],
    ]
}
