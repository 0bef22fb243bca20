// Apps: whether each has registered, and where one has not, what to do.

import { html } from "./html.js";
import { get, mayChange, request, session } from "./api.js";
import { plural, when, words } from "./format.js";
import { button, failed, icon, notice, placeholder } from "./parts.js";
import { Page } from "./page.js";
import { welcome } from "./page-runs.js";

export default class AppsPage extends Page {
  title = "Apps";
  url = "";

  async read(signal) {
    this.apps = (await get("/v1/apps", signal)).data;
  }

  onLive(name, data) {
    if (name === "reset" || data.apps) this.reading.again();
  }

  async sync(url) {
    this.problem = null;
    this.syncing = url;
    this.app.redraw();
    try {
      await request("PUT", "/v1/apps", { url });
      this.app.say("The app has registered.");
      this.url = "";
    } catch (error) {
      this.problem = { url, error: error.message };
    }
    this.syncing = null;
    await this.reading.again();
  }

  view() {
    return html`${this.head()}
      ${failed(this.error)}
      ${!this.apps ? placeholder(3) : html`
        ${this.apps.some((one) => one.name) ? html`<ul class="cards">${this.apps.map((one) => this.card(one.url === this.problem?.url ? { ...one, ...this.problem } : one))}</ul>` : welcome(this.apps)}
        ${mayChange() ? this.form() : null}`}`;
  }

  card(one) {
    return html`<li class="card" key=${one.id ?? one.url}>
      <div class="card-head"><h2>${words(one.name ?? "not registered")}</h2>${one.error ? html`<span class="status status-failed">${icon("Failed")}<span>does not register</span></span>` : html`<span class="status status-completed">${icon("Completed")}<span>in sync</span></span>`}</div>
      <p class="mono">${words(one.url)}</p>
      ${one.error ? html`<p class="bad-text error-message">${words(one.error)}</p><p>${advice(one)}</p>` : null}
      <dl class="facts narrow">
        ${one.name ? html`<div><dt>Functions</dt><dd><a href="/functions">${plural(one.functions, "function")}</a></dd></div>` : null}
        ${one.sdk ? html`<div><dt>SDK</dt><dd>${words(one.sdk)}${one.framework ? ` · ${one.framework}` : ""}</dd></div>` : null}
        ${one.version ? html`<div><dt>Version</dt><dd>${words(one.version)}</dd></div>` : null}
        ${one.synced_at ? html`<div><dt>Registered</dt><dd>${when(one.synced_at)}</dd></div>` : null}
      </dl>
      ${mayChange() ? button(this.syncing === one.url ? "Asking …" : "Sync now", () => this.sync(one.url), { disabled: this.syncing === one.url }) : null}
    </li>`;
  }

  form() {
    return html`<form class="sync-form" onsubmit=${() => this.sync(this.url.trim())}>
      <h2>Register an app</h2>
      <label class="stacked"><span>Where its functions are served</span><input class="input mono" type="url" required placeholder="http://localhost:3000/api/inngest" value=${this.url}
        oninput=${(event) => { this.url = event.target.value; this.app.redraw(); }}></label>
      ${this.problem ? notice("bad", words(this.problem.error)) : null}
      <button type="submit" class="button primary" disabled=${!this.url.trim() || Boolean(this.syncing)}>${this.syncing ? "Asking …" : "Sync"}</button></form>`;
  }
}

/// What to do about an error.
function advice({ error, url }) {
  if (/refused|connect/i.test(error)) return `Is the app running, and does it listen at ${url}?`;
  if (/X-Inngest-SDK|no app answers/i.test(error)) return "Something else answers there. Is the path right? Most apps serve their functions at /api/inngest.";
  if (/401|403|INNGEST_/i.test(error)) return session.kind === "dev" ? "Set INNGEST_DEV=1 in the app and start it again." : "Give the app the same INNGEST_SIGNING_KEY as this server, and unset INNGEST_DEV.";
  if (/timeout|timed out/i.test(error)) return "The app took too long to answer. Look at its log.";
  return "Look at the app's log for this request.";
}
