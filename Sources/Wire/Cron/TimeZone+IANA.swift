import Foundation

extension TimeZone {
    /// A time zone by its name in the IANA database.
    ///
    /// Foundation takes more: offsets such as `GMT+3`, whose sign people read both ways, and abbreviations that mean
    /// one thing here and another there: its `BST` is Bangladesh.
    package init?(iana name: String) {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        let isName = parts.count > 1 ? Self.areas.contains(parts[0]) : Self.plainNames.contains(parts[0])
        guard isName else { return nil }
        self.init(identifier: name)
    }

    /// What stands before the first slash.
    private static let areas: Set<Substring> = [
        "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Brazil", "Canada", "Chile",
        "Etc", "Europe", "Indian", "Mexico", "Pacific", "US",
    ]

    /// Names without an area are old ones: the database gets no more of them.
    private static let plainNames: Set<Substring> = [
        "CET", "CST6CDT", "Cuba", "EET", "EST", "EST5EDT", "Egypt", "Eire", "GB", "GB-Eire", "GMT", "GMT+0", "GMT-0",
        "GMT0", "Greenwich", "HST", "Hongkong", "Iceland", "Iran", "Israel", "Jamaica", "Japan", "Kwajalein", "Libya",
        "MET", "MST", "MST7MDT", "NZ", "NZ-CHAT", "Navajo", "PRC", "PST8PDT", "Poland", "Portugal", "ROC", "ROK",
        "Singapore", "Turkey", "UCT", "UTC", "Universal", "W-SU", "WET", "Zulu",
    ]
}
