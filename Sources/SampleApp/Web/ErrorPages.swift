import HTTPTypes
import Hummingbird

/// Answers errors with pages, and adds the headers that keep pages from harm.
struct ErrorPages<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = try page(for: error, context: context).response(from: request, context: context)
        }
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        response.headers[.xContentTypeOptions] = "nosniff"
        // The address of an outbox is all one needs to open it: no other site may get to know it.
        if let policy = HTTPField.Name("Referrer-Policy") { response.headers[policy] = "same-origin" }
        return response
    }

    private func page(for error: any Error, context: Context) -> Page {
        switch error {
        case let problem as FormProblem: Self.page(problem.message, .unprocessableContent)
        case let error as HTTPError: Self.page(error.body ?? error.status.reasonPhrase, error.status)
        default: unexpected(error, context: context)
        }
    }

    private func unexpected(_ error: any Error, context: Context) -> Page {
        context.logger.error("a request failed", metadata: ["error": "\(error)"])
        return Self.page("Something broke on our side. Try again.", .internalServerError)
    }

    private static func page(_ text: String, _ status: HTTPResponse.Status) -> Page {
        Page(
            title: "That did not work",
            content: """
                <section class="card narrow"><h1>That did not work</h1><p role="alert">\(text)</p></section>
                """,
            status: status)
    }
}
