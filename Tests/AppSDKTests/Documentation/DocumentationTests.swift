import Foundation
import Testing

@Suite("Examples in the documentation")
struct DocumentationTests {
    @Test(
        "Every whole example of the page is compiled, word for word",
        arguments: [("docs/functions.md", 8), ("docs/middleware.md", 6)])
    func examples(page: String, atLeast: Int) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let root = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let source = lines(try String(contentsOf: folder.appending(path: "PageExamples.swift"), encoding: .utf8))
        let text = try String(contentsOf: root.appending(path: page), encoding: .utf8)
        // Those with an ellipsis leave something out.
        let examples = text.components(separatedBy: "```swift\n").dropFirst()
            .compactMap { $0.components(separatedBy: "\n```").first }.filter { !$0.contains("…") }
        for example in examples {
            #expect(source.contains(lines(example)), "not in PageExamples.swift:\n\(example)")
        }
        #expect(examples.count >= atLeast)
    }

    /// The text without indentation.
    private func lines(_ text: String) -> String {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
    }
}
