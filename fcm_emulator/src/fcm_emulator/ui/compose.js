/** The form that sends a test message, plainly or as JSON. */

import { send } from "./api.js";
import { make, reconcile } from "./dom.js";
import { nameOf } from "./phone.js";

const byId = (id) => document.getElementById(id);

/** Set the form up; *projectOf* gives the project to send to. */
export function createComposer(projectOf) {
  byId("raw").addEventListener("change", () => {
    const isRaw = byId("raw").checked;
    byId("simple").hidden = isRaw;
    byId("json-field").hidden = !isRaw;
    if (isRaw) byId("json").value = JSON.stringify(attempt(plainMessage) ?? {}, null, 2);
  });
  byId("composer").addEventListener("submit", async (event) => {
    event.preventDefault();
    byId("send").disabled = true;
    try {
      const { name } = await send(projectOf(), message());
      reply(true, `Accepted as ${name.split("/").at(-1)}`);
    } catch (error) {
      reply(false, error.message);
    } finally {
      byId("send").disabled = false;
    }
  });
}

/** Offer *devices* as recipients; the chosen one stays chosen. */
export function offerRecipients(devices) {
  reconcile(
    byId("to"),
    devices,
    (device) => device.target.value,
    (device) => make("option", { value: device.target.value }),
    (option, device) => {
      const text = `${nameOf(device)}${device.online ? "" : " (offline)"}`;
      if (option.textContent !== text) option.textContent = text;
      option.dataset.kind = device.target.kind;
    },
  );
  byId("send").disabled = devices.length === 0;
}

function message() {
  return byId("raw").checked ? parse(byId("json").value, "Message") : plainMessage();
}

function plainMessage() {
  const chosen = byId("to").selectedOptions[0];
  const tag = byId("tag").value.trim();
  const data = byId("data").value.trim();
  const made = { [chosen?.dataset.kind === "legacyToken" ? "token" : "fid"]: chosen?.value ?? "" };
  if (data) made.data = parse(data, "Data");
  if (byId("silent").checked) return made;
  made.notification = { title: byId("title").value, body: byId("body").value };
  if (tag) {
    made.android = { notification: { tag } };
    made.apns = { headers: { "apns-collapse-id": tag } };
    made.webpush = { notification: { tag } };
  }
  return made;
}

function parse(text, field) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${field}: ${error.message}`, { cause: error });
  }
}

function attempt(make) {
  try {
    return make();
  } catch {
    return undefined;
  }
}

function reply(isGood, text) {
  byId("reply").className = `reply ${isGood ? "good" : "bad"}`;
  byId("reply").textContent = text;
}
