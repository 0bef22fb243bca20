/// The first page: a form to sign up.
enum SignUpPage {
    /// - Parameters:
    ///   - form: what was filled in before.
    ///   - problem: what is wrong with it.
    static func page(form: SignUpForm = SignUpForm(name: "", email: ""), problem: String? = nil) -> Page {
        Page(
            title: "Sign up",
            content: """
                <section class="card narrow">
                <h1>Sign up</h1>
                <p class="lead">Anvils, rockets, tunnels painted on walls: at your door tomorrow.</p>
                \(problem.map { "<p class=\"problem\" role=\"alert\">\($0)</p>" as HTML })
                <form method="post" action="/sign-up">
                <label for="name">Name</label>
                <input id="name" name="name" autocomplete="name" required maxlength="\(SignUpForm.longestName)" \
                value="\(form.name)">
                <label for="email">Email</label>
                <input id="email" name="email" type="email" autocomplete="email" required maxlength="254" \
                value="\(form.email)">
                <button>Sign up</button>
                </form>
                </section>
                """,
            status: problem == nil ? .ok : .unprocessableContent)
    }
}
