// The functions that apps have registered.

import { html } from "./html.js";
import { get } from "./api.js";
import { visible, words } from "./format.js";
import { empty, failed, icon, placeholder } from "./parts.js";
import { triggerWords } from "./config-words.js";
import { Page } from "./page.js";
import { welcome } from "./page-runs.js";

export default class FunctionsPage extends Page {
  title = "Functions";

  async read(signal) {
    const [functions, apps] = await Promise.all([get("/v1/functions", signal), get("/v1/apps", signal)]);
    [this.functions, this.apps] = [functions.data, apps.data];
  }

  onLive(name, data) {
    if (name === "reset" || data.apps) this.reading.again();
  }

  view() {
    const { query } = this.app;
    const wanted = (query.q ?? "").toLowerCase();
    const functions = this.functions?.filter((one) => `${one.name} ${one.slug} ${one.triggers.map((trigger) => trigger.event ?? trigger.cron).join(" ")}`.toLowerCase().includes(wanted));
    const apps = [...new Set(functions?.map((one) => one.app) ?? [])];
    return html`${this.head()}
      ${failed(this.error)}
      ${!functions ? (this.error ? null : placeholder()) : !this.functions.length ? welcome(this.apps) : html`
        <form class="filters" role="search"><label class="search grow">${icon("search")}
          <input type="search" placeholder="Name or trigger" aria-label="Search functions" value=${query.q ?? ""} oninput=${(event) => this.app.setQuery({ q: event.target.value }, { replace: true })}></label></form>
        ${functions.length ? apps.map((app) => html`<section key=${app ?? "none"}><h2>${words(app ?? "no app")}</h2>
          <div class="list functions" role="table" aria-label=${`Functions of ${visible(app ?? "no app")}`}>${functions.filter((one) => one.app === app).map((one) => html`
            <div class="row" role="row" data-row key=${one.slug}>
              <span role="cell" class="cell-main"><a class="cover" href=${`/functions/${encodeURIComponent(one.slug)}`}>${words(one.name)}</a>${one.paused_at ? html` <span class="tag warn">paused</span>` : null}</span>
              <span role="cell" class="cell-triggers faint">${one.triggers.map((trigger, index) => html`<span key=${index}>${triggerWords(trigger)} </span>`)}</span>
              <span role="cell" class="cell-id mono faint">${words(one.slug)}</span></div>`)}</div></section>`) : empty("No function fits", html`<p>Nothing has “${query.q}” in its name or triggers.</p>`)}`}`;
  }
}
