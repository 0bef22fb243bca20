// The public API (docs/api.md), as the pages use it.

class APIError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const session = { kind: "", login: "none", role: null, user: null, csrf: null, version: "" };

/// How far the orchestrator's clock is ahead of this machine's, and when it stands still, in milliseconds.
let ahead = 0;
let stopped = null;
let held = null;
const running = () => stopped ?? Date.now() + ahead;
export const now = () => held ?? running();
/// While nobody answers, nothing that is shown gets older by itself.
export const holdNow = (isHeld) => {
  held = isHeld ? now() : null;
};
/// When the last answer came, by this machine's clock.
export let answeredAt = 0;
export const setNow = (text, isPaused = stopped !== null) => {
  const time = Date.parse(text);
  if (Number.isNaN(time)) return;
  answeredAt = Date.now();
  ahead = time - answeredAt;
  stopped = isPaused ? time : null;
  if (held !== null) held = running();
};

/// Called when the session has ended.
export const hooks = { unauthorized: () => {} };

export function endSession() {
  session.role = session.user = session.csrf = null;
}

export async function request(method, path, body, signal, isRepeated) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  const { csrf } = session;
  if (csrf && method !== "GET") headers["x-csrf-token"] = csrf;
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new APIError(0, "the orchestrator does not answer");
  }
  const text = await answer.text();
  let json = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch {
    throw new APIError(answer.status, `HTTP ${answer.status} without JSON`);
  }
  if (answer.status === 401 && path !== "/login") {
    // Not of a session before this one.
    if (session.csrf === csrf) {
      endSession();
      hooks.unauthorized();
    }
    throw new APIError(401, "The session has ended: log in in another tab, and try again.");
  }
  // Somebody has logged in anew in another tab.
  if (answer.status === 403 && method !== "GET" && !isRepeated && (await loadSession()).csrf !== csrf) return request(method, path, body, signal, true);
  if (!answer.ok) throw new APIError(answer.status, json?.error ?? json?.errors?.[0]?.message ?? `HTTP ${answer.status}`);
  if (json?.metadata?.fetched_at) setNow(json.metadata.fetched_at);
  return json;
}

export const get = (path, signal) => request("GET", path, undefined, signal);
export const post = (path, body = {}) => request("POST", path, body);
export const remove = (path) => request("DELETE", path);

/// A path with the parameters that have a value.
export function path(base, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "" && one !== false) query.append(name, one);
    }
  }
  // A plus is a plus to the server, not a space.
  const text = query.toString().replaceAll("+", "%20");
  return text ? `${base}?${text}` : base;
}

export async function loadSession() {
  Object.assign(session, (await get("/v1/session")).data);
  setNow(session.now, session.paused);
  if (session.login !== "none" && !session.role) hooks.unauthorized();
  return session;
}

/// When it is known who is logged in and what time it is: before that, no span of time can be asked for.
export const ready = loadSession();

export const mayChange = () => session.role === "admin";
