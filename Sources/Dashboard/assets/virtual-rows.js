// A list of any length with rows of one height: only those in sight are on the page.

import { patch } from "./html.js";

/// Rows beyond the edges of the window, so that scrolling shows no gap.
const overscan = 12;

export class VirtualRows {
  constructor() {
    this.element = document.createElement("div");
    this.element.className = "virtual";
    this.layer = document.createElement("div");
    this.layer.className = "virtual-layer";
    this.element.append(this.layer);
    this.onscroll = () => this.draw();
    addEventListener("scroll", this.onscroll, { passive: true, capture: true });
    addEventListener("resize", this.onscroll);
  }

  /// - props: `count`, `height` of a row in pixels, `row(index)`, `label`, and `shown`: the row to begin with.
  update(props) {
    this.props = props;
    this.element.setAttribute("role", "list");
    this.element.setAttribute("aria-label", props.label);
    this.element.style.setProperty("height", `${props.count * props.height}px`);
    this.drawn = null;
    if (this.element.isConnected) this.draw();
    else {
      queueMicrotask(() => {
        this.reveal();
        this.draw();
      });
    }
  }

  /// Who follows a link to one row sees it.
  reveal() {
    const { shown, height } = this.props;
    const y = this.element.getBoundingClientRect().top + shown * height;
    if (y > innerHeight - height) scrollBy(0, y - innerHeight / 2);
  }

  draw() {
    const { count, height, row } = this.props;
    const top = this.element.getBoundingClientRect().top;
    const first = Math.max(0, Math.min(count, Math.floor(-top / height) - overscan));
    const last = Math.min(count, Math.ceil((innerHeight - top) / height) + overscan);
    const range = `${first}-${last}`;
    if (this.drawn === range) return;
    this.drawn = range;
    this.layer.style.setProperty("transform", `translateY(${first * height}px)`);
    const rows = [];
    for (let index = first; index < last; index += 1) rows.push(row(index));
    patch(this.layer, rows);
  }

  remove() {
    removeEventListener("scroll", this.onscroll, { capture: true });
    removeEventListener("resize", this.onscroll);
  }
}
