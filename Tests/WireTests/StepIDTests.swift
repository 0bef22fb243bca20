import Testing
import Wire

@Suite("Step ids")
struct StepIDTests {
    @Test(
        "Ids are hashed as every SDK hashes them",
        arguments: [
            ("my-step-id", 0, "e7d8a2f140845095749d60246ff1110c9d01d76a"),
            ("my-step-id", 1, "f47c6228c581af870aa285200cf95ec3ac59bb6a"),
            ("a", 0, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
            ("a", 1, "de89bfaf06245091a7873290a793604612302247"),
            ("complete", 0, "0737c22d3bfae812339732d14d8c7dbd6dc4e09c"),
        ])
    func vectors(id: String, repetition: Int, hash: String) {
        #expect(StepID(id, repetition: repetition).hash == hash)
    }

    @Test("Hexadecimal is read back, and nothing else is read") func hex() {
        #expect(Hex.encode([0, 15, 255]) == "000fff")
        #expect(Hex.decode("000FfF") == [0, 15, 255])
        #expect(Hex.decode("") == [])
        for text in ["0", "0g", "+1", "é"] { #expect(Hex.decode(text) == nil) }
    }
}
