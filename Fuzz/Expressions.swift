/// libFuzzer's entry: any bytes may be an expression.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try ExpressionTrial(UnsafeBufferPointer(start: start, count: count)).run()
    } catch {
        fatalError("\(error)")
    }
    return 0
}
