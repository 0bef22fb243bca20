// The dialog that sends an event: it knows what came in before.

import { html } from "./html.js";
import { get, path, post } from "./api.js";
import { ago, plural, visible } from "./format.js";
import { button, notice } from "./parts.js";
import { jsonField } from "./json-editor.js";

/// - event: to begin with; its user and its version go along.
/// - Returns: the id of the event that was sent; undefined where it was given up.
export async function sendEvent(app, event) {
  const state = { text: JSON.stringify(event?.data ?? {}, null, 2) };
  let also = companions(event);
  const form = { name: event?.name ?? "", names: [], recent: [], problem: null };
  let dialogShown;
  const redraw = () => dialogShown?.redraw();
  Promise.all([get("/v1/functions"), get("/v1/events?summary=true&limit=200")]).then(([functions, events]) => {
    const triggers = functions.data.flatMap((one) => one.triggers.map((trigger) => trigger.event)).filter(Boolean);
    form.names = [...new Set([...triggers, ...events.data.map((one) => one.name)])];
    redraw();
  }, () => {});
  const loadRecent = async () => {
    form.recent = form.name ? (await get(path("/v1/events", { name: form.name, limit: 10, summary: true })).catch(() => ({ data: [] }))).data : [];
    redraw();
  };
  if (form.name) loadRecent();
  return app.dialog("Send event", (dialog) => {
    dialogShown = dialog;
    return html`
      <label class="stacked"><span>Name</span><input class="input" list="event-names" value=${form.name} spellcheck="false" autocomplete="off" placeholder="app/signed.up" autofocus
        oninput=${(input) => { form.name = input.target.value; redraw(); }} onchange=${loadRecent}></label>
      <datalist id="event-names">${form.names.map((name) => html`<option key=${name} value=${name}></option>`)}</datalist>
      ${form.recent.length ? html`<label class="stacked"><span>Recent payloads</span><select class="select" onchange=${async (input) => {
        const id = input.target.value;
        if (!id) return;
        const before = state.text;
        const full = await get(`/v1/events/${id}`).catch(() => null);
        if (full && state.text === before) {
          state.text = JSON.stringify(full.data.data, null, 2);
          also = companions(full.data);
        }
        redraw();
      }}><option value="">Take one of ${plural(form.recent.length, "event")} …</option>${form.recent.map((one) => html`<option key=${one.internal_id} value=${one.internal_id}>${`${ago(one.received_at)}: ${visible(one.preview.slice(0, 80))}`}</option>`)}</select></label>` : null}
      ${jsonField(state, redraw, { label: "Data: an object", rows: 12 })}
      ${Object.keys(also).length ? html`<p class="faint">${`With the event's ${Object.keys(also).map((name) => ({ user: "user", v: "version" })[name]).join(" and ")}.`}</p>` : null}
      ${form.problem ? notice("bad", form.problem) : null}
      <footer>${button("Back", () => dialog.close())}
        ${button("Send", async () => {
          try {
            const answer = await post("/v1/events", { name: form.name.trim(), data: state.value, ...also });
            dialog.close(answer.ids[0]);
          } catch (error) {
            form.problem = error.message;
            redraw();
          }
        }, { kind: "primary", disabled: Boolean(state.problem) || !form.name.trim() })}</footer>`;
  }, { wide: true });
}

/// What an event carries beside its data.
const companions = (event) => ({
  ...(event?.user && Object.keys(event.user).length ? { user: event.user } : {}), ...(event?.v ? { v: event.v } : {}),
});
