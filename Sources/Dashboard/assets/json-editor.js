// A dialog to write JSON in, with its mistakes shown while one writes.

import { html } from "./html.js";
import { button } from "./parts.js";

/// Parses, and says in words where that fails, and which number the orchestrator rounds: it keeps them as JavaScript does.
function parseJSON(text) {
  let note;
  const look = (key, value, context) => {
    if (typeof value === "number" && /^-?\d{16,}$/.test(context?.source ?? "") && context.source !== String(value)) note ??= `${context.source} becomes ${value}: write it as text to keep it.`;
    return value;
  };
  try {
    return { value: JSON.parse(text, /\d{16}/.test(text) ? look : undefined), note };
  } catch (error) {
    return { problem: error.message.replace(/^JSON\.parse: /, "") };
  }
}

/// A field for JSON. `state` keeps `text`, `value`, `problem`, `note`, and why the value was `refused`.
export function jsonField(state, redraw, { label, rows = 10, isOptional = false }) {
  const check = () => Object.assign(state, { value: undefined, problem: undefined, note: undefined, refused: undefined },
    isOptional && !state.text.trim() ? {} : parseJSON(state.text));
  if (state.checked !== state.text) {
    state.checked = state.text;
    check();
  }
  return html`<label class="editor"><span>${label}</span>
    <textarea class="mono" rows=${rows} spellcheck="false" autocomplete="off" value=${state.text} aria-invalid=${state.problem ? "true" : "false"}
      oninput=${(event) => { state.text = event.target.value; redraw(); }}
      onkeydown=${(event) => {
        if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
        event.target.closest("form").querySelector(".button.primary")?.click();
      }}></textarea>
    <span class="editor-problem ${state.problem ?? state.refused ? "bad-text" : ""}" aria-live="polite">${state.problem ?? state.refused ?? state.note ?? ""}</span></label>`;
}

/// Asks for a value until `act` takes it. Gives what that gives, or undefined where it was given up.
export function editJSON(app, title, { text, value, label, action, isOptional, act }) {
  const state = { text: value };
  return app.dialog(title, (dialog) => html`
    <p>${text}</p>
    ${jsonField(state, () => dialog.redraw(), { label, isOptional })}
    <footer>${button("Back", () => dialog.close())}
      ${button(action, () => act(state).then((answer) => dialog.close(answer), (error) => {
        state.refused = error.message;
        dialog.redraw();
      }), { kind: "primary", disabled: Boolean(state.problem) })}</footer>`, { wide: true });
}
