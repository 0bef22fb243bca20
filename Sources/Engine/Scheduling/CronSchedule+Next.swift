import Foundation
import Wire

extension CronSchedule {
    /// The first tick later than a time. Nil where there is none until the end of the fifth year after it.
    package func next(after time: Timestamp) -> Timestamp? {
        guard Self.reach.contains(time) else { return nil }
        let earliest = time.milliseconds.flooredQuotient(by: 1000) + 1
        let firstDay = earliest.flooredQuotient(by: Self.day)
        let year = CivilDate.from(daysSince1970: firstDay).year
        let end = CivilDate.days(year: year + Self.yearsAhead + 1, month: 1, day: 1)
        // A UTC day is shorter than the time between two clock changes, and touches three local days at the most.
        for utcDay in firstDay..<end where (utcDay - 1...utcDay + 1).contains(where: selects(day:)) {
            let window = max(earliest, utcDay * Self.day)..<(utcDay + 1) * Self.day
            if let tick = tick(in: window) { return Timestamp(milliseconds: tick * 1000) }
        }
        return nil
    }

    /// The first tick among some seconds since 1970, in which the clock changes at most once.
    private func tick(in window: Range<Int64>) -> Int64? {
        let (before, after) = (offset(at: window.lowerBound), offset(at: window.upperBound - 1))
        guard before != after else { return tick(in: window, offset: before) }
        var (lastBefore, change) = (window.lowerBound, window.upperBound - 1)
        while change - lastBefore > 1 {
            let middle = lastBefore + (change - lastBefore) / 2
            if offset(at: middle) == before { lastBefore = middle } else { change = middle }
        }
        return tick(in: window.lowerBound..<change, offset: before)
            ?? tick(in: change..<window.upperBound, offset: after)
    }

    /// The first tick among some seconds in which the zone keeps one offset.
    private func tick(in window: Range<Int64>, offset: Int64) -> Int64? {
        var local = window.lowerBound + offset
        while local < window.upperBound + offset {
            let today = local.flooredQuotient(by: Self.day)
            if selects(day: today), let second = second(from: local - today * Self.day) {
                let tick = today * Self.day + second - offset
                return tick < window.upperBound ? tick : nil
            }
            local = (today + 1) * Self.day
        }
        return nil
    }

    /// The first selected second of a day, not before a bound.
    private func second(from bound: Int64) -> Int64? {
        let minuteOfDay = Int((bound + 59) / 60)
        guard let hour = hours.first(from: minuteOfDay / 60) else { return nil }
        if hour == minuteOfDay / 60, let minute = minutes.first(from: minuteOfDay % 60) {
            return Int64(hour * 60 + minute) * 60
        }
        let laterHour = hour == minuteOfDay / 60 ? hours.first(from: hour + 1) : hour
        guard let laterHour, let minute = minutes.first(from: 0) else { return nil }
        return Int64(laterHour * 60 + minute) * 60
    }

    /// Whether the fields select a day. Where both kinds of day are narrowed down, one of them is enough.
    private func selects(day: Int64) -> Bool {
        let date = CivilDate.from(daysSince1970: day)
        guard months.contains(Int(date.month)) else { return false }
        let isDay = daysOfMonth.contains(Int(date.day))
        let isWeekday = daysOfWeek.contains(Int(((day + 4) % 7 + 7) % 7))  // 1970 began on a Thursday
        let both = daysOfMonth.isEverything || daysOfWeek.isEverything
        return both ? isDay && isWeekday : isDay || isWeekday
    }

    private func offset(at second: Int64) -> Int64 {
        zone == .gmt ? 0 : Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
    }

    private static let day: Int64 = 86_400
    private static let yearsAhead: Int64 = 5

    /// The years 1 to 9999: beyond them a calendar means little and the arithmetic may overflow.
    private static let reach =
        Timestamp(milliseconds: -62_135_596_800_000)...Timestamp(milliseconds: 253_402_300_799_999)
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
