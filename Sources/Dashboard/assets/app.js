// The frame around the pages: navigation, what is live, the keyboard.

import { html, patch } from "./html.js";
import { endSession, hooks, loadSession, post, ready, session } from "./api.js";
import { Live } from "./live.js";
import { Bulk } from "./bulk.js";
import { Dialog, button, icon, placeholder } from "./parts.js";
import { RunsPage } from "./page-runs.js";

/// Which page stands at a path: the one of the file `page-….js`.
const routes = [
  ["/runs/:id", "run"], ["/runs", "runs"], ["/", "runs"], ["/failures", "failures"], ["/events/:id", "event"],
  ["/events", "events"], ["/functions/:slug", "function"], ["/functions", "functions"], ["/apps", "apps"],
  ["/jobs/:id", "job"], ["/nodes", "nodes"], ["/clock", "clock"], ["/login", "login"],
].map(([pattern, name]) => [new RegExp(`^${pattern.replace(/:\w+/g, "([^/]+)")}$`), name]);

/// What is loaded: at first the runs alone, for each file makes it later.
const pages = { runs: RunsPage };
/// When the others are loaded, so that they are there when they are asked for.
const afterFirstPaint = 1500;
/// The first page is drawn without what it reads where that takes longer.
const patience = 100;

const sections = [
  ["/runs", "Runs", "runs", "r"], ["/failures", "Failures", "failures", "f"], ["/events", "Events", "events", "e"],
  ["/functions", "Functions", "functions", "u"], ["/apps", "Apps", "apps", "a"], ["/clock", "Clock", "clock", "c"],
];

const shownSections = () => sections.filter(([path]) => path !== "/clock" || session.kind === "dev");

class App {
  constructor(root) {
    this.root = root;
    this.live = new Live((name, data) => this.heard(name, data), () => this.redraw());
    this.messages = [];
    this.painted = new Promise((resolve) => (this.tellPainted = resolve));
    this.bulk = new Bulk(this);
    addEventListener("popstate", () => this.show());
    // Pages do themselves what their forms are for.
    document.addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("click", (event) => this.clicked(event));
    document.addEventListener("keydown", (event) => this.pressed(event));
    // What grows with time is drawn again each second, while somebody can see it.
    setInterval(() => !document.hidden && this.redraw(), 1000);
    // The last hour is another one by and by.
    setInterval(() => !document.hidden && (this.query.span || this.page?.hasSpan) && this.page?.onLive?.("reset", {}), 60_000);
    hooks.unauthorized = () => {
      // What is being written stays; it can be sent when somebody has logged in elsewhere.
      if (document.querySelector("dialog[open]")) return;
      if (location.pathname !== "/login") this.go(`/login?next=${encodeURIComponent(location.pathname + location.search)}`, { replace: true });
    };
    // In another tab somebody may have logged out, or in as somebody else.
    document.addEventListener("visibilitychange", () => !document.hidden && session.login !== "none" && loadSession().then(() => this.sessionKnown(), () => {}));
    theme(localStorage.getItem("theme"));
  }

  /// The page and the session are read side by side.
  start() {
    this.begun = performance.now();
    this.show();
    ready.then(() => this.sessionKnown(), (error) => this.fail(error));
    setTimeout(() => routes.forEach(([, name]) => this.load(name)), afterFirstPaint);
  }

  sessionKnown() {
    this.page?.sessionKnown?.();
    this.redraw();
  }

  heard(name, data) {
    // Somebody may have moved the clock, or stopped it.
    if (name === "reset" && session.kind === "dev") loadSession().then(() => this.redraw(), () => {});
    return this.page?.onLive?.(name, data);
  }

  // MARK: Where we are

  get query() {
    return Object.fromEntries(new URLSearchParams(location.search));
  }

  go(url, { replace = false } = {}) {
    if (replace) history.replaceState(null, "", url);
    else {
      history.replaceState({ y: scrollY, ...(this.page?.kept ?? this.page?.list?.kept) }, "");
      history.pushState(null, "", url);
    }
    this.show();
  }

  /// Changes parameters of the query: what is shown can be shared by its URL.
  setQuery(changes, { replace = false } = {}) {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === null || value === "" || value === false) query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    this.go(location.pathname + (text ? `?${text}` : ""), { replace });
  }

  show() {
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
    let path = location.pathname.replace(/(.)\/$/, "$1");
    try {
      decodeURIComponent(path);
    } catch {
      path = "";
    }
    const [pattern, name] = routes.find(([pattern]) => pattern.test(path)) ?? [];
    const argument = name && path.match(pattern)[1];
    const Page = pages[name];
    if (Page && this.page instanceof Page && this.page.argument === argument) {
      this.page.queryChanged?.();
    } else {
      this.page?.stop?.();
      this.live.close();
      this.page = Page ? new Page(this, argument && decodeURIComponent(argument)) : null;
      if (Page) this.page.argument = argument;
      this.page?.start?.();
      scrollTo(0, 0);
      // Not on the first page: there it begins with the skip link.
      if (this.hasPage) document.getElementById("content")?.focus({ preventScroll: true });
      this.hasPage ||= Boolean(Page);
    }
    this.y = history.state?.y;
    this.isLoading = name && !Page;
    if (this.isLoading) this.load(name).then((error) => (error ? this.fail(error) : this.isLoading && this.show()));
    this.redraw();
  }

  /// - Returns: the error, where the server is away.
  async load(name) {
    try {
      pages[name] ??= (await import(`./page-${name}.js`)).default;
    } catch {
      return new Error("the orchestrator does not answer");
    }
  }

  clicked(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const url = new URL(link.href);
    const isPage = routes.some(([pattern]) => pattern.test(url.pathname));
    if (url.origin !== location.origin || link.target || !isPage) return;
    event.preventDefault();
    this.go(url.pathname + url.search);
  }

  // MARK: Drawing

  redraw() {
    if (!this.isDrawn && this.page?.isRead) return this.frame();
    // What comes meanwhile does not hold up the first painting.
    if (this.isDue || this.isPainting) return;
    this.isDue = true;
    this.nextFrame();
  }

  nextFrame() {
    requestAnimationFrame(() => this.isDue && this.frame());
  }

  /// At first, to draw once with the rows is done sooner than twice: a screen of them, and the rest when that is painted.
  frame() {
    const isRead = this.page?.isRead !== false;
    if (!this.isDrawn && !isRead && performance.now() - this.begun < patience) return this.nextFrame();
    this.isDue = false;
    this.isDrawn = true;
    this.draw();
    if (!isRead) return;
    if (!this.isPainted) {
      this.isPainting = true;
      requestAnimationFrame(() => setTimeout(() => this.firstPainted()));
    } else if (this.y) {
      scrollTo(0, this.y);
      this.y = 0;
    }
  }

  firstPainted() {
    this.isPainting = false;
    this.isPainted = true;
    this.tellPainted();
    this.redraw();
  }

  draw() {
    const title = this.page?.title ?? (this.isLoading ? "Loading" : "Not found");
    document.title = `${title} · Orchestrator`;
    if (this.page?.isBare) return patch(this.root, html`<main class="bare">${this.page.view()}</main>`);
    patch(this.root, html`
      <a class="skip" href="#content" onclick=${(event) => { event.preventDefault(); document.getElementById("content").focus(); }}>Skip to content</a>
      <nav class="side" aria-label="Sections">
        <a class="brand" href="/runs" aria-label="Orchestrator, runs"><svg viewBox="0 0 32 32" aria-hidden="true"><g><rect class="brand-box" width="32" height="32" rx="8"/><path d="M8 10h9"/><path d="M12 16h12"/><path d="M18 22h6"/></g></svg><span>Orchestrator</span></a>
        <ul>${shownSections().map(([path, name, symbol]) => html`
          <li key=${path}><a href=${path} aria-current=${this.isIn(path) ? "page" : null}>${icon(symbol)}<span>${name}</span></a></li>`)}</ul>
        <div class="side-foot">
          ${this.liveState()}
          ${session.user ? html`<div class="user"><span title=${session.role}>${session.user}${session.role === "viewer" ? " · viewer" : ""}</span>
            ${button("Log out", () => this.logOut(), { kind: "quiet small" })}</div>` : null}
          <div class="side-tools">
            ${button(icon("theme"), () => this.switchTheme(), { kind: "quiet small", title: "Light or dark" })}
            ${button("?", () => this.showKeys(), { kind: "quiet small", title: "Keys" })}
            <a class="faint grow" href="/nodes" title="Nodes">${session.kind} ${session.version}</a>
          </div>
        </div>
      </nav>
      <main id="content" tabindex="-1">${this.page?.showsJob ? null : this.bulk.view()}${this.page ? this.page.view() : this.isLoading ? placeholder() : html`<div class="empty"><h1>Nothing here</h1><p><a href="/runs">Runs</a></p></div>`}</main>
      <div class="toasts" role="status" aria-live="polite">${this.messages.map((message) => html`
        <div class="toast ${message.kind}" key=${message.id}>${message.content}</div>`)}
        ${this.live.isLost ? html`<div class="toast bad" key="lost">The orchestrator does not answer. What you see is as old as its last answer.</div>` : null}</div>`);
  }

  isIn(path) {
    const here = location.pathname;
    return here === path || here.startsWith(`${path}/`) || (path === "/runs" && here === "/");
  }

  liveState() {
    const texts = { live: "Live", connecting: "Connecting", reconnecting: "Reconnecting", off: "Not live" };
    return html`<div class="live live-${this.live.state}"><span class="dot" aria-hidden="true"></span>${texts[this.live.state]}</div>`;
  }

  /// Says something for some seconds.
  say(content, kind = "") {
    const message = { id: crypto.randomUUID?.() ?? String(Math.random()), content, kind };
    this.messages.push(message);
    setTimeout(() => {
      this.messages = this.messages.filter((one) => one !== message);
      this.redraw();
    }, kind === "bad" ? 9000 : 5000);
    this.redraw();
  }

  fail(error) {
    if (error?.name === "AbortError" || error?.status === 401) return;
    this.say(error?.message ?? String(error), "bad");
  }

  /// Does something, and says where it fails.
  async attempt(work, done) {
    try {
      const result = await work();
      if (done) this.say(done);
      return result ?? true;
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  async dialog(title, view, options) {
    const answer = await new Dialog(title, view, options).show(patch);
    if (session.login === "required" && !session.role) hooks.unauthorized();
    return answer;
  }

  confirm(title, text, action, kind = "danger") {
    return this.dialog(title, (dialog) => html`
      <p>${text}</p>
      <footer>${button("Back", () => dialog.close())}${button(action, () => dialog.close(true), { kind })}</footer>`);
  }

  async logOut() {
    if (!await this.attempt(() => post("/logout"))) return;
    endSession();
    this.go("/login");
  }

  switchTheme() {
    const isDark = getComputedStyle(document.documentElement).colorScheme === "dark"
      || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    theme(isDark ? "light" : "dark");
  }

  // MARK: Keyboard

  pressed(event) {
    if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
    const field = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (field) {
      if (event.key === "Escape") field.blur();
      return;
    }
    const section = this.prefix === "g" && sections.find(([, , , key]) => key === event.key);
    this.prefix = event.key;
    if (section) return this.go(section[0]);
    if (event.key === "?") return this.showKeys();
    if (event.key === "/") {
      const search = document.querySelector("main input[type=search]");
      if (search) event.preventDefault();
      return search?.focus();
    }
    if (event.key === "j" || event.key === "k") return this.move(event.key === "j" ? 1 : -1);
    if (event.key === "x") return document.activeElement?.closest?.("[data-row]")?.querySelector("input[type=checkbox]")?.click();
    this.page?.pressed?.(event);
  }

  /// From row to row.
  move(by) {
    const rows = [...document.querySelectorAll("main [data-row]")];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const row = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    (row?.matches("a, button") ? row : row?.querySelector("a, button"))?.focus();
  }

  showKeys() {
    const keys = [
      ...shownSections().map(([, name, , key]) => [`g ${key}`, name]),
      ["/", "search or filter"], ["j k", "next, previous row"], ["Enter", "open"], ["x", "select"], ["Esc", "leave a field, close"], ["?", "these keys"],
    ];
    this.dialog("Keys", () => html`<dl class="keys">${keys.map(([key, text]) => html`
      <div key=${key}><dt>${key.split(" ").map((one) => html`<kbd>${one}</kbd>`)}</dt><dd>${text}</dd></div>`)}</dl>`);
  }
}

function theme(name) {
  if (name) {
    document.documentElement.dataset.theme = name;
    localStorage.setItem("theme", name);
  }
}

new App(document.getElementById("app")).start();
