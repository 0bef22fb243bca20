// The orchestrators that share a database: whether each is well.

import { html } from "./html.js";
import { get } from "./api.js";
import { count, plural, when, words } from "./format.js";
import { failed, placeholder } from "./parts.js";
import { Page } from "./page.js";

export default class NodesPage extends Page {
  title = "Nodes";

  async read(signal) {
    this.reading.soon(5000);
    this.nodes = (await get("/v1/nodes", signal)).data;
  }

  view() {
    const { nodes } = this;
    return html`${this.head(nodes && html`<span class="faint">${plural(nodes.length, "orchestrator")}</span>`)}
      ${failed(this.error)}
      ${!nodes ? (this.error ? null : placeholder(3)) : html`<ul class="cards">${nodes.map((node) => html`<li class="card" key=${node.id}>
        <div class="card-head"><h2>${words(node.name)}</h2><span class="tag ${node.state === "running" ? "" : "warn"}">${words(node.state)}</span></div>
        <dl class="facts narrow">
          <div><dt>Calls to apps</dt><dd>${`${count(node.open_calls)} of ${count(node.room)}`}</dd></div>
          <div><dt>Taken for alive until</dt><dd>${when(node.alive_until)}</dd></div>
          <div><dt>Started</dt><dd>${when(node.started_at)}</dd></div>
          <div><dt>Version</dt><dd>${words(node.version)}</dd></div>
          <div><dt>Id</dt><dd class="mono">${node.id}</dd></div>
        </dl></li>`)}</ul>`}`;
  }
}
