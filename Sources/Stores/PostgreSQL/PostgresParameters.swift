/// A value that a statement is given: one, or a column of many.
enum PostgresParameter {
    case value(ColumnValue)
    case ints([Int64?])
    case texts([String?])
    case blobs([ArraySlice<UInt8>?])

    static func int(_ number: Int) -> Self { .value(.int(Int64(number))) }
    static func text(_ text: String) -> Self { .value(.text(text)) }
}

/// Parameters in PostgreSQL's binary format, one after the other.
struct PostgresParameters {
    private(set) var buffer: [UInt8] = []
    /// Where each lies in the buffer; nil for NULL.
    private(set) var ranges: [Range<Int>?] = []

    init(_ parameters: [PostgresParameter]) {
        ranges.reserveCapacity(parameters.count)
        for parameter in parameters { append(parameter) }
    }

    /// Object ids of types, which never change.
    private enum TypeID {
        static let bytea: Int32 = 17
        static let int8: Int32 = 20
        static let text: Int32 = 25
    }

    private mutating func append(_ parameter: PostgresParameter) {
        let start = buffer.count
        switch parameter {
        case .value(.null): return ranges.append(nil)
        case .value(.int(let number)): append(number)
        case .value(.text(let text)): PostgresText.append(text, to: &buffer)
        case .value(.bytes(let bytes)): buffer.append(contentsOf: bytes)
        case .ints(let numbers):
            beginArray(of: TypeID.int8, numbers.count)
            for number in numbers { appendElement(number) { $0.append($1) } }
        case .texts(let texts):
            beginArray(of: TypeID.text, texts.count)
            for text in texts { appendElement(text) { PostgresText.append($1, to: &$0.buffer) } }
        case .blobs(let blobs):
            beginArray(of: TypeID.bytea, blobs.count)
            for blob in blobs { appendElement(blob) { $0.buffer.append(contentsOf: $1) } }
        }
        ranges.append(start..<buffer.count)
    }

    private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.bigEndian) { buffer.append(contentsOf: $0) }
    }

    /// The head of an array: dimensions, whether it holds NULLs, the type, how many, the first index.
    private mutating func beginArray(of type: Int32, _ count: Int) {
        let head = count == 0 ? [0, 0, type] : [1, 1, type, Int32(count), 1]
        for number in head { append(number) }
    }

    private mutating func appendElement<Element>(_ element: Element?, write: (inout Self, Element) -> Void) {
        guard let element else { return append(Int32(-1)) }
        let place = buffer.count
        append(Int32(0))
        write(&self, element)
        let length = Int32(buffer.count - place - 4)
        withUnsafeBytes(of: length.bigEndian) { buffer.replaceSubrange(place..<place + 4, with: $0) }
    }
}
