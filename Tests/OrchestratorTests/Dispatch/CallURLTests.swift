import Testing

@testable import Orchestrator

@Suite("URLs of calls")
struct CallURLTests {
    @Test("A redirect is followed to the same or a better protected place")
    func redirects() {
        let from = "https://shop.example/api/x?fnId=a&stepId=step"
        #expect(CallURL.redirect("/y", from: from) == "https://shop.example/y?fnId=a&stepId=step")
        #expect(CallURL.redirect("y", from: from) == "https://shop.example/api/y?fnId=a&stepId=step")
        #expect(CallURL.redirect("https://b.example/z?q", from: from) == "https://b.example/z?q")
        #expect(CallURL.redirect("http://shop.example/y", from: from) == nil)
        #expect(CallURL.redirect("https://shop.example/y", from: "http://shop.example/y") == "https://shop.example/y")
    }

    @Test(
        "What is no HTTP URL with a host is told apart",
        arguments: [
            ("http://localhost:3000/api/inngest", true), ("https://shop.example", true), ("HTTP://a", true),
            ("http://[::1]:3000/x", true), ("http://", false), ("http:///x", false), ("ftp://a/x", false),
            ("nope", false), ("localhost:3000", false), ("http://a:99999/", false), ("http://[::1", false),
        ])
    func callable(url: String, expected: Bool) {
        #expect(CallURL.isCallable(url) == expected)
    }
}
