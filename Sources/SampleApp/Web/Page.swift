import Hummingbird

/// A page: what all of them have around their content.
struct Page: ResponseGenerator {
    let title: String
    let content: HTML
    var status: HTTPResponse.Status = .ok

    var html: HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title) · ACME</title>
        <link rel="stylesheet" href="/style.css">
        </head>
        <body>
        <header><a class="brand" href="/">ACME</a><span>Everything a coyote needs</span></header>
        <main>
        \(content)
        </main>
        <footer>A sample of durable functions in Swift. <a href="/team">The team's mailbox</a></footer>
        </body>
        </html>

        """
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        Response(
            status: status, headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html.text)))
    }
}
