import Foundation
import Testing

@testable import JSON

@Suite("Building values")
struct BuildingTests {
    @Test("Literals and factories come out canonical")
    func literals() {
        let json: JSON = ["b": [1, 2.50, "x", true], "a": "q\"\\\u{1}/é", "ä": JSON.null, "gone": Optional<JSON>.none]
        #expect(json.text == #"{"a":"q\"\\\u0001/é","b":[1,2.5,"x",true],"ä":null}"#)
        #expect(JSON.double(.nan).isNull && JSON.double(-.infinity).isNull)
        #expect(JSON.double(-0.0).text == "0")
        #expect(JSON.int(1 << 53).text == "9007199254740992")
        #expect(JSON.emptyObject.text == "{}" && JSON.emptyArray.text == "[]")
    }

    @Test("Keys are ordered by UTF-16, and the last of equal keys wins")
    func order() {
        let members: [(String, JSON?)] = [("\u{FB33}", 1), ("\u{1F600}", 2), ("z", 3), ("z", 4)]
        let json = JSON.object(members)
        #expect(json.members.map(\.key) == ["z", "\u{1F600}", "\u{FB33}"])
        #expect(json["z"]?.int == 4)
    }

    @Test("Merging replaces, adds and takes away")
    func merging() throws {
        let json = try JSON(parsing: #"{"a":1,"b":2}"#)
        #expect(json.merging(["a": JSON.null, "b": Optional<JSON>.none, "c": 3]).text == #"{"a":null,"c":3}"#)
    }

    struct Order: Codable, Equatable {
        var id: String
        var placed: Date
        var body: Data
        var lines: [Int]
        var note: String?
    }

    @Test("Codable values go there and back, dates with milliseconds")
    func codable() throws {
        let order = Order(
            id: "é", placed: Date(timeIntervalSince1970: 1_764_000_000.25), body: Data([1, 2]), lines: [1, 2])
        let json = try JSON(encoding: order)
        #expect(json["placed"]?.string == "2025-11-24T16:00:00.250Z")
        #expect(json["body"]?.string == "AQI=")
        #expect(json["note"] == Optional<JSON>.none)
        #expect(try json.decode(Order.self) == order)
    }

    @Test(
        "Dates are read in each of their forms",
        arguments: [#""2025-11-24T16:00:00Z""#, #""2025-11-24T16:00:00.000Z""#, "1764000000000"])
    func dates(text: String) throws {
        #expect(try JSON(parsing: text).decode(Date.self) == Date(timeIntervalSince1970: 1_764_000_000))
    }

    @Test("A date that is none says so")
    func badDate() throws {
        let error = try #require(throws: DecodingError.self) { try JSON.string("tomorrow").decode(Date.self) }
        #expect("\(error)".contains("2026-11-23T12:00:00.000Z"))
    }
}
