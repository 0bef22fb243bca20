// Logging in; and, where nobody can yet, how to set that.

import { html } from "./html.js";
import { loadSession, post, session } from "./api.js";
import { notice } from "./parts.js";

export default class LoginPage {
  /// Without navigation.
  isBare = true;
  title = "Log in";

  constructor(app) {
    this.app = app;
    this.user = "";
    this.password = "";
  }

  start() {
    if (session.role) this.leave();
  }

  sessionKnown() {
    this.start();
  }

  leave() {
    const { next } = this.app.query;
    // Pages of this dashboard only: `//elsewhere` is another host.
    this.app.go(next?.startsWith("/") && !/^\/[\/\\]/.test(next) ? next : "/runs", { replace: true });
  }

  async submit() {
    this.isBusy = true;
    this.problem = null;
    this.app.redraw();
    try {
      await post("/login", { user: this.user.trim(), password: this.password });
      await loadSession();
      return this.leave();
    } catch (error) {
      this.problem = error.message;
    }
    this.isBusy = false;
    this.app.redraw();
  }

  view() {
    if (session.login === "unset") return setup;
    return html`<form class="login" onsubmit=${() => this.submit()}>
      <h1>Orchestrator</h1>
      <label class="stacked"><span>Name</span><input class="input" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" autofocus placeholder="leave empty for a token"
        value=${this.user} oninput=${(event) => { this.user = event.target.value; this.app.redraw(); }}></label>
      <label class="stacked"><span>Password or token</span><input class="input" type="password" name="password" autocomplete="current-password" required
        value=${this.password} oninput=${(event) => { this.password = event.target.value; this.app.redraw(); }}></label>
      ${this.problem ? notice("bad", this.problem) : null}
      <button type="submit" class="button primary" disabled=${this.isBusy || !this.password}>Log in</button></form>`;
  }
}

const setup = html`<div class="login"><h1>The dashboard has no users yet</h1>
  <p>Beyond a laptop it asks for a login. Give the orchestrator a name with a password, or a token, and start it again:</p>
  <pre class="code" tabindex="0">export ORCHESTRATOR_DASHBOARD_USER=ada:a-long-password
export ORCHESTRATOR_DASHBOARD_VIEWER=guest:another-one   # may look, and change nothing
export ORCHESTRATOR_DASHBOARD_TOKEN=$(openssl rand -hex 32)

orchestrator start …</pre>
  <p class="faint">The HTTP API works with the signing key meanwhile.</p></div>`;
