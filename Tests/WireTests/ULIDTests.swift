import Testing
import Wire

@Suite("ULIDs")
struct ULIDTests {
    @Test("The text form is the specification's") func text() throws {
        let ulid = ULID(time: Timestamp(milliseconds: 1_469_918_176_385), random: 0)
        #expect(ulid.description == "01ARYZ6S410000000000000000")
        #expect(ULID("01ARYZ6S41TSV4RRFFQ69G5FAV")?.time.milliseconds == 1_469_918_176_385)
        #expect(ULID("01aryz6s41tsv4rrffq69g5fav")?.description == "01ARYZ6S41TSV4RRFFQ69G5FAV")
        #expect(ULID("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")?.value == .max)
    }

    @Test(
        "Other texts are none",
        arguments: [
            "", "01ARYZ6S41TSV4RRFFQ69G5FA", "01ARYZ6S41TSV4RRFFQ69G5FAVX", "81ARYZ6S41TSV4RRFFQ69G5FAV",
            "01ARYZ6S41TSV4RRFFQ69G5FAI", "01ARYZ6S41TSV4RRFFQ69G5FA-", "01ARYZ6S41TSV4RRFFQ69G5Fé",
        ])
    func invalid(text: String) {
        #expect(ULID(text) == nil)
    }

    @Test("A source rises within a millisecond and when the clock is set back") func rises() {
        var source = ULIDSource(generator: Counter())
        let times = [5, 5, 5, 4, 6, 6, 1].map { Timestamp(milliseconds: $0) }
        let ids = times.map { source.next(at: $0) }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        #expect(ids.map(\.description) == ids.map(\.description).sorted())
        #expect(ids[4].time.milliseconds == 6)
    }

    @Test("A source with the same seed gives the same ids") func repeatable() {
        var (first, second) = (ULIDSource(generator: Counter()), ULIDSource(generator: Counter()))
        let time = Timestamp(milliseconds: 5)
        #expect((0..<3).map { _ in first.next(at: time) } == (0..<3).map { _ in second.next(at: time) })
    }
}

private struct Counter: RandomNumberGenerator, Sendable {
    private var value: UInt64 = 0

    mutating func next() -> UInt64 {
        value &+= 0x9E37_79B9_7F4A_7C15
        return value
    }
}
