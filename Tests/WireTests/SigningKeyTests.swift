import Testing
import Wire

@Suite("Signing keys")
struct SigningKeyTests {
    private let time = Timestamp(milliseconds: 1_705_586_504_000)
    private let body = Array(#"{"a":1,"b":"x"}"#.utf8)

    private func key(_ text: String = "signkey-test-12345678abcdef00") throws -> SigningKey { try SigningKey(text) }

    @Test("Bodies are signed as every SDK signs them") func signs() throws {
        #expect(
            try key().sign(body, at: time)
                == "t=1705586504&s=b5850838749ec27fc406b5b4e455d6314e2a41f984389d90ad86235deae235c5")
        #expect(
            try key().sign([], at: time)
                == "t=1705586504&s=b53fa4190e2b7626c673217e36135d25f3fa50da37994a9dd8e19b230bd2ab9d")
    }

    @Test("The bearer token is the hash of the key's bytes, with the prefix") func bearer() throws {
        #expect(
            try key("signkey-prod-12345678").hashed
                == "signkey-prod-b2ed992186a5cb19f6668aade821f502c1d00970dfd0e35128d51bac4649916c")
        #expect(
            try key().hashed == "signkey-test-1425c614b3c1496f790eda4bea6c2256db84457b632ab328d8544fe290a611f2")
    }

    @Test("A key without prefix signs alike") func bare() throws {
        #expect(try key("12345678abcdef00").sign(body, at: time) == key().sign(body, at: time))
    }

    @Test(
        "A signature counts for five minutes on either side",
        arguments: [(0, true), (300, true), (-300, true), (301, false), (-301, false)])
    func age(seconds: Int, accepted: Bool) throws {
        let signature = try key().sign(body, at: time)
        #expect(try key().verify(signature, of: body, at: time + .seconds(seconds)) == accepted)
    }

    @Test("Without a tolerance any age counts") func anyAge() throws {
        let signature = try key().sign(body, at: time)
        #expect(try key().verify(signature, of: body, at: time + .seconds(1_000_000), tolerance: nil))
    }

    @Test("Another body, another key and other forms are refused") func refuses() throws {
        let signature = try key().sign(body, at: time)
        #expect(try !key().verify(signature, of: body + [0x20], at: time))
        #expect(try !key("signkey-test-00").verify(signature, of: body, at: time))
        let forms = [
            "", "t=1705586504", "s=00&t=1705586504", " \(signature)", "\(signature)&x=1",
            signature.replacing("t=1705586504", with: "t=1705586505"), String(signature.dropLast()),
        ]
        for form in forms { #expect(try !key().verify(form, of: body, at: time), "\(form)") }
    }

    @Test("A bearer token is the key or its hash, with or without prefix") func accepts() throws {
        let key = try key()
        for token in [
            "signkey-test-12345678abcdef00", "12345678abcdef00", key.hashed,
            "1425c614b3c1496f790eda4bea6c2256db84457b632ab328d8544fe290a611f2",
        ] { #expect(key.accepts(bearer: token)) }
        for token in ["", "signkey-test-", "signkey-test-12345678abcdef01", "null"] {
            #expect(!key.accepts(bearer: token))
        }
    }

    @Test(
        "Keys that are no hex are refused",
        arguments: ["", "signkey-test-", "signkey-test-abc", "signkey-test-xx", "hello"])
    func invalid(text: String) {
        #expect(throws: InvalidSigningKey.self) { try SigningKey(text) }
    }

    @Test("A key is not shown when it is printed") func hidden() throws {
        #expect(!"\(try key())".contains("1234"))
    }
}
