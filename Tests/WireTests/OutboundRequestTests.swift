import JSON
import Testing

@testable import Wire

@Suite struct OutboundRequestTests {
    private func asked(_ options: JSON) throws -> OutboundRequest {
        try OutboundRequest(options, isInference: true)
    }

    @Test(arguments: [
        ("openai-chat", "authorization", "Bearer k/+"), ("anthropic", "x-api-key", "k/+"),
        ("bedrock", "authorization", "k/+"),
        ("something-new", "authorization", "Bearer k/+"),
    ])
    func bringsTheKeyWhereTheProviderWantsIt(format: String, header: String, value: String) throws {
        let request = try asked(["auth_key": "k/+", "body": ["a": 1], "format": .string(format), "url": "https://m/v1"])
        #expect(request.headers[header] == value)
        #expect(request.url == "https://m/v1")
        #expect(request.method == "POST")
        #expect(request.body == Array(#"{"a":1}"#.utf8))
        #expect(request.headers["content-type"] == "application/json")
    }

    @Test func bringsTheKeyInTheQueryWhereThatIsWanted() throws {
        let options: JSON = ["auth_key": "k&/+", "format": "gemini", "url": "https://m/v1?alt=sse"]
        #expect(try asked(options).url == "https://m/v1?alt=sse&key=k%26%2f%2b")
    }

    @Test func leavesItToTheHeadersWithoutAKey() throws {
        let request = try asked(["auth_key": "", "headers": ["Authorization": "mine"], "url": "https://m"])
        #expect(request.headers["authorization"] == "mine")
    }

    @Test func readsAPlainRequest() throws {
        let request = try OutboundRequest(
            ["body": "text", "headers": ["Host": "other", "X-A": ["1", "2"]], "method": "put", "url": "http://s/x"],
            isInference: false)
        #expect(request.method == "PUT")
        #expect(request.headers == ["x-a": "1, 2"], "what HTTP decides is left to it")
        #expect(request.body == Array("text".utf8))
        #expect(try OutboundRequest(["url": "http://s"], isInference: false).method == "POST")
    }

    @Test(
        arguments: [
            ["auth_key": "a\nb", "url": "http://s"], ["url": "http://s/ö"], ["url": "http://s/a b"],
            ["url": "gopher://s"],
            ["headers": ["": "x"], "url": "http://s"],
        ] as [JSON])
    func refusesWhatWouldBreakOutOfItsPlace(options: JSON) {
        #expect(throws: InvalidOutboundRequest.self) { try asked(options) }
    }
}
