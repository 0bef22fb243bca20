import Expressions
import Foundation
import JSON
import Testing

/// A short run of random mutations over real expressions: whatever comes out is refused or evaluated, never a crash.
@Suite("Random mutations")
struct MutationTests {
    /// The corpus of the fuzzer, in the order of its names.
    static let corpus: [[UInt8]] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.deletingLastPathComponent().appending(path: "Fuzz/corpus/expressions")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return files.sorted { $0.path < $1.path }.compactMap { try? Array(Data(contentsOf: $0)) }
    }()

    @Test("Every input of the fuzzer's corpus")
    func corpus() throws {
        #expect(Self.corpus.count > 100)
        for input in Self.corpus { try ExpressionTrial(input).run() }
    }

    @Test("Compiled or refused, evaluated or failed", arguments: 0..<32 as Range<UInt64>)
    func mutate(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        var compiled = 0
        for _ in 0..<150 {
            var bytes = Self.corpus.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 0...3, using: &generator) { mutate(&bytes, &generator) }
            compiled += try ExpressionTrial(bytes).run()
        }
        #expect(compiled > 0)
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1 where place < bytes.count: bytes.removeSubrange(place..<min(bytes.count, place + 3))
        case 2:
            let other = Self.corpus.randomElement(using: &generator) ?? []
            let start = Int.random(in: 0...other.count, using: &generator)
            bytes.insert(contentsOf: other[start...].prefix(Int.random(in: 1...20, using: &generator)), at: place)
        case 3:
            bytes.insert(Array("()[]{}.,?:'\"\\+-*/%!&|<>=0u e".utf8).randomElement(using: &generator) ?? 0, at: place)
        default: bytes.insert(contentsOf: Array("9223372036854775807".utf8), at: place)
        }
    }
}
