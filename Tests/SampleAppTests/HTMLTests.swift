import Testing

@testable import SampleApp

@Suite struct HTMLTests {
    @Test func textsAreEscapedAndPiecesAreNot() {
        let text = #"<b> & "x" 'y'"#
        let piece: HTML = "<i>\(text)</i>"
        let none: HTML? = nil
        let html: HTML = "<p title=\"\(text)\">\(piece)\([piece, piece])\(none)\(7)</p>"
        let escaped = "&lt;b&gt; &amp; &quot;x&quot; &#39;y&#39;"
        #expect(
            html.text == "<p title=\"\(escaped)\"><i>\(escaped)</i><i>\(escaped)</i><i>\(escaped)</i>7</p>")
    }
}
