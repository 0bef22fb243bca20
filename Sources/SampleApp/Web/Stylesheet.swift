import Hummingbird

/// The look of all pages.
enum Stylesheet {
    static func response() -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/css; charset=utf-8", .cacheControl: "max-age=300"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private static let text = """
        :root { color-scheme: light dark; --ink: #1c1917; --soft: #6b6560; --paper: #faf7f2; --card: #fff;
          --line: #e5dfd6; --accent: #b91c1c; --on-accent: #fff; }
        @media (prefers-color-scheme: dark) { :root { --ink: #f3efe9; --soft: #a8a099; --paper: #171412;
          --card: #221e1b; --line: #3a342f; --accent: #f87171; --on-accent: #1c1917; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
        header, main, footer { max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem; }
        header { display: flex; align-items: baseline; gap: .75rem; color: var(--soft); }
        footer { color: var(--soft); font-size: .875rem; padding-bottom: 2rem; }
        a { color: var(--accent); }
        .brand { font-weight: 800; font-size: 1.375rem; letter-spacing: .08em; text-decoration: none; }
        h1 { font-size: 1.75rem; line-height: 1.2; margin: .5rem 0; overflow-wrap: anywhere; }
        h2 { font-size: 1.125rem; margin: 0 0 .5rem; }
        main > h2 { margin: 2rem 0 .75rem; }
        h3 { font-size: 1.0625rem; margin: 0; }
        p { margin: .5rem 0; overflow-wrap: anywhere; }
        .lead, .meta, .clicks, .empty { color: var(--soft); }
        .meta, .clicks { font-size: .875rem; }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; }
        .narrow { max-width: 28rem; margin: 2rem auto; }
        .email { margin-bottom: 1rem; }
        .actions { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); }
        form { display: flex; flex-direction: column; }
        label { font-size: .875rem; color: var(--soft); margin-top: .5rem; }
        input, select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line);
          border-radius: .5rem; padding: .5rem .625rem; width: 100%; }
        button { font: inherit; font-weight: 600; cursor: pointer; color: var(--on-accent); background: var(--accent);
          border: 0; border-radius: .5rem; padding: .625rem 1rem; margin-top: auto; }
        form > :nth-last-child(2) { margin-bottom: 1rem; }
        :is(a, button, input, select):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        .plan { border: 1px solid var(--line); border-radius: 1rem; padding: .125rem .625rem; font-size: .8125rem; }
        .plan.pro { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
        .problem { border-left: 4px solid var(--accent); padding-left: .75rem; }

        """
}
