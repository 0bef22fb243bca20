// html`…` describes elements; patch() brings the page in line. Values become text and attributes, never markup.

const templates = new WeakMap();
const voids = new Set(["br", "hr", "img", "input", "link", "meta"]);

export function html(strings, ...values) {
  let template = templates.get(strings);
  if (!template) templates.set(strings, (template = parse(strings)));
  const nodes = template.map((node) => instance(node, values));
  return nodes.length === 1 ? nodes[0] : nodes;
}

/// An element that a class looks after: `create()` makes it, `update(props)` is told what to show, `remove()` ends it.
export const widget = (type, props, key) => ({ tag: type, props, key, children: [] });

// MARK: Templates

const hole = /\u0001(\d+)\u0002/;

function parse(strings) {
  const source = strings.reduce((all, part, index) => `${all}\u0001${index - 1}\u0002${part}`);
  const root = { children: [] };
  const stack = [root];
  const tokens = /<(\/)?([a-zA-Z][\w-]*)((?:[^>"]|"[^"]*")*?)(\/)?>|([^<]+)/g;
  for (const [, closing, tag, attributes, selfClosing, text] of source.matchAll(tokens)) {
    const parent = stack.at(-1);
    if (text !== undefined) parent.children.push(...readText(text));
    else if (closing) stack.pop();
    else {
      const node = { tag, attributes: readAttributes(attributes), children: [] };
      parent.children.push(node);
      if (!selfClosing && !voids.has(tag)) stack.push(node);
    }
  }
  return root.children;
}

/// Line breaks with their indentation are layout of the source, not text.
function readText(text) {
  const pieces = text.split(hole);
  return pieces.flatMap((piece, index) => {
    if (index % 2) return [{ hole: Number(piece) }];
    const words = piece.replace(/^\s*\n\s*|\s*\n\s*$/g, "").replace(/\s*\n\s*/g, " ");
    return words === "" ? [] : [words];
  });
}

function readAttributes(source) {
  return [...source.matchAll(/([^\s=]+)(?:=("[^"]*"|[^\s"]+))?/g)].map(([, name, raw]) => {
    if (raw === undefined) return [name, [true]];
    const pieces = raw.replace(/^"|"$/g, "").split(hole);
    return [name, pieces.map((piece, index) => (index % 2 ? { hole: Number(piece) } : piece)).filter((p) => p !== "")];
  });
}

function instance(node, values) {
  if (typeof node === "string") return node;
  if (node.hole !== undefined) return values[node.hole];
  const props = {};
  for (const [name, parts] of node.attributes) {
    const resolved = parts.map((part) => (part?.hole === undefined ? part : values[part.hole]));
    props[name] = resolved.length === 1 ? resolved[0] : resolved.filter((part) => part != null && part !== false).join("");
  }
  const { key, ...rest } = props;
  return { tag: node.tag, key, props: rest, children: node.children.map((child) => instance(child, values)) };
}

// MARK: Elements

const shown = new WeakMap();

/// Makes the children of `root` what `view` describes. Elements stay the same where their key and tag do.
export function patch(root, view) {
  shown.set(root, reconcile(root, shown.get(root) ?? new Map(), [view], null));
}

/// Nothing keeps its place, so that what follows keeps its key. Equal keys are told apart.
function keyed(children, prefix = "", into = new Map()) {
  children.forEach((child, index) => {
    if (Array.isArray(child)) return keyed(child, `${prefix}${index}/`, into);
    if (child == null || child === false || child === true || child === "") return;
    const node = typeof child === "object" ? child : { text: String(child) };
    const kind = node.text !== undefined ? "#" : (node.tag.name ?? node.tag);
    let key = node.key == null ? `${prefix}${index}:${kind}` : `${prefix}=${node.key}:${kind}`;
    while (into.has(key)) key += "+";
    into.set(key, node);
  });
  return into;
}

function reconcile(parent, before, children, namespace) {
  const after = keyed(children);
  for (const [key, old] of before) if (!after.has(key)) discard(old);
  let place = parent.firstChild;
  for (const [key, node] of after) {
    const old = before.get(key);
    if (old) update(old, node, namespace);
    else create(node, namespace);
    if (node.element === place) place = place.nextSibling;
    else parent.insertBefore(node.element, place);
  }
  return after;
}

function create(node, namespace) {
  if (node.text !== undefined) {
    node.element = document.createTextNode(node.text);
  } else if (typeof node.tag === "function") {
    node.widget = new node.tag(node.props);
    node.element = node.widget.element;
    node.widget.update(node.props);
  } else {
    const space = node.tag === "svg" ? "http://www.w3.org/2000/svg" : namespace;
    node.element = space ? document.createElementNS(space, node.tag) : document.createElement(node.tag);
    for (const [name, value] of Object.entries(node.props)) set(node.element, name, value, undefined);
    node.shown = reconcile(node.element, new Map(), node.children, space);
    choose(node);
    node.props.ref?.(node.element);
  }
}

function update(old, node, namespace) {
  node.element = old.element;
  if (node.text !== undefined) {
    if (old.text !== node.text) node.element.data = node.text;
  } else if (typeof node.tag === "function") {
    node.widget = old.widget;
    node.widget.update(node.props);
  } else {
    for (const name in old.props) if (!(name in node.props)) set(node.element, name, undefined, old.props[name]);
    for (const name in node.props) set(node.element, name, node.props[name], old.props[name]);
    node.shown = reconcile(node.element, old.shown, node.children, node.tag === "svg" ? node.element.namespaceURI : namespace);
    choose(node);
  }
}

/// A select can take its value only once its options are there.
function choose(node) {
  if (node.tag === "select" && node.props.value !== undefined) node.element.value = node.props.value;
}

function discard(node) {
  for (const child of node.shown?.values() ?? []) discard({ ...child, kept: true });
  node.widget?.remove?.();
  if (!node.kept) node.element.remove();
}

function set(element, name, value, before) {
  if (name === "ref") return;
  if (name === "style") {
    for (const property in before ?? {}) if (!(property in (value ?? {}))) element.style.removeProperty(property);
    for (const property in value ?? {}) element.style.setProperty(property, value[property]);
  } else if (name.startsWith("on")) {
    element[name] = value ?? null;
  } else if ((name === "value" && element.tagName !== "OPTION") || name === "checked") {
    // What somebody has typed in the meantime is theirs.
    if (value !== before && element[name] !== value) element[name] = value ?? "";
  } else if (value === before) {
    return;
  } else if (value == null || value === false) {
    element.removeAttribute(name);
  } else if (name === "href" && !/^(https?:|\/|#|\?)/i.test(value)) {
    element.removeAttribute(name);
  } else {
    element.setAttribute(name, value === true ? "" : value);
  }
}
