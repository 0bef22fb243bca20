import Foundation
import Testing

@testable import JSON

@Suite("The vectors of RFC 8785")
struct VectorTests {
    private func vector(_ name: String, _ type: String) throws -> [UInt8] {
        let url = try #require(Bundle.module.url(forResource: "Vectors/\(name)", withExtension: type))
        return try Array(Data(contentsOf: url))
    }

    @Test("Documents come out byte for byte, and a second time unchanged")
    func documents() throws {
        let cases = try #require(JSON(parsing: try vector("documents", "json"))["cases"])
        var count = 0
        for document in cases.elements {
            let (input, output) = try (#require(document["input"]?.string), #require(document["output"]?.string))
            let canonical = try JSON(parsing: input)
            #expect(canonical.text == output)
            #expect(try JSON(parsing: output).text == output)
            count += 1
        }
        #expect(count == 6)
    }

    @Test("Ten thousand doubles are written as ECMAScript writes them")
    func numbers() throws {
        let text = String(decoding: try vector("es6-numbers-10000", "txt"), as: UTF8.self)
        var count = 0
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ",")
            let bits = try #require(UInt64(parts[0], radix: 16))
            let value = Double(bitPattern: bits)
            guard JSON.double(value).text == parts[1], try JSON(parsing: String(parts[1])).text == parts[1] else {
                Issue.record("\(line): \(JSON.double(value))")
                continue
            }
            count += 1
        }
        #expect(count == 10_000)
    }
}
