/// The date format of HTTP headers: `Mon, 23 Nov 2026 12:31:29 GMT`.
package enum HTTPDate {
    package static func parse(_ text: String) -> Timestamp? {
        let fields = text.split(separator: " ")
        guard fields.count == 6, fields[5] == "GMT" || fields[5] == "UTC" || fields[5] == "+0000",
            let day = Int64(fields[1]), let month = months.firstIndex(of: String(fields[2])),
            let year = Int64(fields[3])
        else { return nil }
        let clock = fields[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, (1970...9999).contains(year),
            CivilDate.isValid(year: year, month: Int64(month) + 1, day: day), (0..<24).contains(clock[0]),
            (0..<60).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let days = CivilDate.days(year: year, month: Int64(month) + 1, day: day)
        return Timestamp(milliseconds: (days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]) * 1000)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
