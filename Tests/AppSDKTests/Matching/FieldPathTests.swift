import Foundation
import Testing

@testable import AppSDK

private enum Plan: String, Codable, CaseIterable { case free, pro }
private enum Colour: String, Codable { case red }

private struct UserID: RawRepresentable, Codable, Hashable {
    var rawValue: String
}

private struct Address: Codable {
    var city: String
    var geo: Geo?

    struct Geo: Codable {
        var lat: Double
    }
}

private struct Everything: Codable {
    var text: String
    var otherText: String
    var renamed: String
    var optional: String?
    var number: Int
    var small: Int8
    var unsigned: UInt64
    var real: Double
    var flag: Bool
    var otherFlag: Bool
    var uuid: UUID
    var date: Date
    var url: URL
    var data: Data
    var decimal: Decimal
    var plan: Plan
    var userID: UserID
    var address: Address
    var list: [Address]
    var table: [String: Int]

    enum CodingKeys: String, CodingKey {
        case text, otherText, optional, number, small, unsigned, real, flag, otherFlag, uuid, date, url, data, decimal
        case plan, address, list, table
        case renamed = "re-named"
        case userID = "user_id"
    }

    var shouted: String { text.uppercased() }
    var both: String { text + otherText }
}

private final class Tree: Codable {
    var name: String
    var child: Tree?
}

@Suite("Key paths as paths in JSON")
struct FieldPathTests {
    @Test("Fields of every scalar type are found, under their coding keys") func scalars() throws {
        #expect(try FieldPath(of: \Everything.text).cel == ".text")
        #expect(try FieldPath(of: \Everything.otherText).cel == ".otherText")
        #expect(try FieldPath(of: \Everything.optional).cel == ".optional")
        #expect(try FieldPath(of: \Everything.number).cel == ".number")
        #expect(try FieldPath(of: \Everything.small).cel == ".small")
        #expect(try FieldPath(of: \Everything.unsigned).cel == ".unsigned")
        #expect(try FieldPath(of: \Everything.real).cel == ".real")
        #expect(try FieldPath(of: \Everything.flag).cel == ".flag")
        #expect(try FieldPath(of: \Everything.otherFlag).cel == ".otherFlag")
        #expect(try FieldPath(of: \Everything.uuid).cel == ".uuid")
        #expect(try FieldPath(of: \Everything.date).cel == ".date")
        #expect(try FieldPath(of: \Everything.url).cel == ".url")
        #expect(try FieldPath(of: \Everything.data).cel == ".data")
        #expect(try FieldPath(of: \Everything.decimal).cel == ".decimal")
        #expect(try FieldPath(of: \Everything.plan).cel == ".plan")
        #expect(try FieldPath(of: \Everything.userID).cel == ".user_id")
    }

    @Test("Renamed fields are found under the key, quoted where it is no identifier") func renamed() throws {
        #expect(try FieldPath(of: \Everything.renamed).keys == ["re-named"])
        #expect(try FieldPath(of: \Everything.renamed).cel == "['re-named']")
    }

    @Test("Nested fields are found, through optionals too") func nested() throws {
        #expect(try FieldPath(of: \Everything.address.city).cel == ".address.city")
        #expect(try FieldPath(of: \Everything.address.geo?.lat).cel == ".address.geo.lat")
        #expect(try FieldPath(of: \Everything.userID.rawValue).cel == ".user_id")
    }

    @Test("Computed fields, objects and lists are refused with an explanation") func refused() {
        func message<Value: Encodable>(_ path: KeyPath<Everything, Value>) -> String {
            do {
                return "found at \(try FieldPath(of: path).cel)"
            } catch {
                return "\(error)"
            }
        }
        #expect(message(\.shouted).contains("no single key of Everything's JSON"))
        #expect(message(\.both).contains("no single key"))
        #expect(message(\.address).contains("no single key"))
        #expect(message(\.list).contains("no single key"))
        #expect(message(\.list.count).contains("no single key"))
    }

    @Test("A type that refuses made-up values is named, and so is the field") func strictType() {
        struct Painted: Codable {
            var colour: Colour
            var name: String
        }
        let error = #expect(throws: NonRetriableError.self) { try FieldPath(of: \Painted.name) }
        #expect(error?.message.contains("colour") == true)
        #expect(error?.message.contains("CaseIterable") == true)
    }

    @Test("A type that contains itself is refused, not walked for ever") func recursion() {
        #expect(throws: NonRetriableError.self) { try FieldPath(of: \Tree.name) }
    }
}

@Suite("Values in CEL")
struct CELLiteralTests {
    @Test(
        "Texts are quoted and escaped",
        arguments: [
            ("plain", "'plain'"), ("it's", #"'it\'s'"#), (#"a\b"#, #"'a\\b'"#), ("a\nb\r\t", #"'a\nb\r\t'"#),
            ("\u{1}\u{7f}", #"'\u0001\u007f'"#), ("\"", "'\"'"), ("é🙂", "'é🙂'"), ("", "''"),
        ])
    func texts(text: String, literal: String) throws {
        #expect(try CELLiteral(text).text == literal)
    }

    @Test("Other scalars are written as in JSON") func scalars() throws {
        #expect(try CELLiteral(-7).text == "-7")
        #expect(try CELLiteral(1.5).text == "1.5")
        #expect(try CELLiteral(true).text == "true")
        #expect(try CELLiteral(String?.none).text == "null")
        #expect(try CELLiteral(Plan.pro).text == "'pro'")
        #expect(try CELLiteral(Date(timeIntervalSince1970: 0)).text == "'1970-01-01T00:00:00.000Z'")
    }

    @Test("Lists and objects are refused") func containers() {
        #expect(throws: NonRetriableError.self) { try CELLiteral([1]) }
        #expect(throws: NonRetriableError.self) { try CELLiteral(["a": 1]) }
    }
}
