import Foundation
import JSON
import Testing

@testable import Expressions

@Suite("docs/expressions.md")
struct DocumentationTests {
    struct Page {
        var event: JSON
        var examples: [(expression: String, result: String)] = []

        init() throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            let url = root.deletingLastPathComponent().appending(path: "docs/expressions.md")
            let text = try String(contentsOf: url, encoding: .utf8)
            let afterFence = try #require(text.firstRange(of: "```json\n")).upperBound
            let fenceEnd = try #require(text[afterFence...].firstRange(of: "```")).lowerBound
            event = try JSON(parsing: String(text[afterFence..<fenceEnd]))
            for line in text.split(separator: "\n") where line.hasPrefix("| `") && line.hasSuffix("` |") {
                let cells = line.dropFirst(3).dropLast(3).components(separatedBy: "` | `")
                if cells.count == 2 { examples.append((cells[0].replacing("\\|", with: "|"), cells[1])) }
            }
        }
    }

    @Test("Every example gives what the page says")
    func examples() throws {
        let page = try Page()
        #expect(page.examples.count >= 30)
        for (source, result) in page.examples {
            let value = try Expression.compile(source).value(event: page.event, now: 1_795_435_200_000)
            #expect(value == (try JSON(parsing: result)), "\(source) gives \(value)")
        }
    }
}
