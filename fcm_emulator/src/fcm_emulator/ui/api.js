/** Calls of the emulator: its own endpoints, and FCM's messages:send. */

const own = (project, path) => `/emulator/v1/projects/${encodeURIComponent(project)}${path}`;

/** Make a call; throws an Error whose message is the emulator's. */
async function call(method, url, content, headers = {}) {
  const body = content === undefined ? undefined : JSON.stringify(content);
  const response = await fetch(url, { method, body, headers });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Error(answer.error?.message ?? `The emulator answered ${response.status}`);
  }
  return answer;
}

export const eventsUrl = (project) => own(project, "/events");

export const listProjects = async () => (await call("GET", "/emulator/v1/projects")).projects;

export const register = (project, device) => call("POST", own(project, "/devices"), device);

export const unregister = (project, target) =>
  call("POST", own(project, "/devices:unregister"), { target });

export const setOnline = (project, target, isOnline) =>
  call("POST", own(project, `/devices:${isOnline ? "connect" : "disconnect"}`), { target });

export const clearTray = (project, target, seq) => {
  const which = seq === undefined ? "" : `?seq=${seq}`;
  return call("DELETE", own(project, `/devices/${encodeURIComponent(target.value)}/tray${which}`));
};

export const history = async (project, target) => {
  const path = `/devices/${encodeURIComponent(target.value)}/history`;
  return (await call("GET", own(project, path))).events;
};

/** Send as any client of FCM would. */
export const send = (project, message) =>
  call(
    "POST",
    `/v1/projects/${encodeURIComponent(project)}/messages:send`,
    { message },
    { Authorization: "Bearer owner", "Content-Type": "application/json" },
  );

/** Make up a Firebase Installation ID: 22 characters, the first four bits 0111. */
export function newFid() {
  const bytes = crypto.getRandomValues(new Uint8Array(17));
  bytes[0] = 0b01110000 | (bytes[0] & 0b00001111);
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").slice(0, 22);
}
