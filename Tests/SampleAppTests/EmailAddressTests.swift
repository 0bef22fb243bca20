import Foundation
import Testing

@testable import SampleApp

@Suite struct EmailAddressTests {
    @Test(arguments: ["a@b.co", "wile.e+rockets@mail.acme.example", "o'neil@acme.example"])
    func takes(_ text: String) {
        #expect(EmailAddress(text)?.description == text)
    }

    @Test(arguments: [
        "", "wile", "@acme.example", "wile@", "wile@acme", "wile@@acme.example", "wi le@acme.example",
        "wile@acme.example\r\nBcc: all@acme.example", "wile@-acme.example", "wile@acme..example", ".wile@acme.example",
        "wile@acme.example.", "wîle@acme.example", "<wile@acme.example>",
    ])
    func refuses(_ text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test func refusesWhatIsTooLong() {
        #expect(EmailAddress(String(repeating: "a", count: 65) + "@acme.example") == nil)
        #expect(EmailAddress("a@" + String(repeating: "a.", count: 126) + "co") == nil)
    }

    @Test func domainsAreInLowerCase() {
        #expect(EmailAddress("Wile@ACME.Example")?.description == "Wile@acme.example")
    }

    @Test func jsonIsAPlainText() throws {
        let address = try #require(EmailAddress.wile)
        let json = try JSONEncoder().encode([address])
        #expect(String(decoding: json, as: UTF8.self) == #"["wile@acme.example"]"#)
        #expect(try JSONDecoder().decode([EmailAddress].self, from: json) == [address])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([EmailAddress].self, from: Data(#"["nobody"]"#.utf8))
        }
    }
}
