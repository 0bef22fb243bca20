import HTTPTypes
import Hummingbird

/// A browser that asks for a page that there is not gets the dashboard, which says so; programs get the API's error.
struct MistypedPages<Context: RequestContext>: RouterMiddleware {
    let dashboard: DashboardRoutes

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws
        -> Response
    {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound && error.body == nil && Self.isOfBrowser(request)
        {
            var response = dashboard.page(for: request)
            response.status = .notFound
            return response
        }
    }

    private static func isOfBrowser(_ request: Request) -> Bool {
        request.method == .get && request.headers[.accept]?.contains("text/html") == true
    }
}
