/** The page: which project is watched, which devices are shown, what the buttons do. */

import * as api from "./api.js";
import { createComposer, offerRecipients } from "./compose.js";
import { make, minuteOf, reconcile, say } from "./dom.js";
import { createPhone, nameOf, updatePhone } from "./phone.js";
import { watch } from "./watch.js";

const PROJECTS_EVERY_MS = 3000;
const FALLBACK_PROJECT = "demo-app";

const byId = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search).get("project");
let project = null;
let devices = [];
let stopWatching = () => {};

const act = {
  setOnline: (device, isOnline) => attempt(api.setOnline(project, device.target, isOnline)),
  clear: (device) => attempt(api.clearTray(project, device.target)),
  dismiss: (device, entry) => attempt(api.clearTray(project, device.target, entry.seq)),
  remove: (device) => attempt(api.unregister(project, device.target)),
  history: (device) => api.history(project, device.target).catch(() => []),
};

// What fails because the device is gone shows in the next frame of the stream.
async function attempt(promise) {
  await promise.catch((error) => announce(error.message));
}

function announce(text) {
  byId("announcer").append(make("p", {}, text));
  while (byId("announcer").children.length > 20) byId("announcer").firstChild.remove();
}

function show(chosen) {
  project = chosen;
  devices = [];
  stopWatching();
  stopWatching = watch(chosen, {
    onDevices: (now) => {
      devices = now;
      draw();
    },
    onArrival: (device, entry) =>
      announce(`${nameOf(device)}: ${[entry.title, entry.body].filter(Boolean).join(", ")}`),
    onConnection: (isOpen) => {
      say(byId("connection"), isOpen ? "Live" : "Reconnecting…");
      byId("connection").classList.toggle("live", isOpen);
    },
  });
  draw();
}

function draw() {
  const platform = byId("platform").value;
  const search = byId("search").value.trim().toLowerCase();
  const shown = devices.filter(
    (device) =>
      (!platform || device.platform === platform) &&
      `${nameOf(device)} ${device.target.value}`.toLowerCase().includes(search),
  );
  reconcile(
    byId("list"),
    shown,
    (device) => `${project}/${device.platform}/${device.target.value}`,
    (device) => createPhone(device, act),
    (card, device) => updatePhone(card, device, act),
  );
  tick();
  offerRecipients(devices);
  byId("empty").hidden = shown.length > 0;
  say(
    byId("empty").querySelector(".headline"),
    devices.length ? "No device matches" : `No devices in ${project}`,
  );
  say(
    byId("empty").querySelector(".hint"),
    devices.length ? "Change the filter above." : "Add one here, or register it from your tests.",
  );
  byId("add-first").hidden = devices.length > 0;
}

async function refreshProjects() {
  if (document.hidden) return;
  const found = await api.listProjects().catch(() => null);
  if (found === null) return;
  if (
    project === null ||
    (!asked && devices.length === 0 && found.length && !found.includes(project))
  ) {
    show(asked ?? found[0] ?? FALLBACK_PROJECT);
  }
  const names = [...new Set([...found, project])];
  reconcile(
    byId("project"),
    names,
    (name) => name,
    (name) => make("option", { value: name }, name),
    () => {},
  );
  byId("project").value = project;
}

function openDialog() {
  say(byId("add-problem"), "");
  byId("add-form").reset();
  byId("add-dialog").showModal();
}

async function addDevice(event) {
  event.preventDefault();
  const value = byId("new-target").value.trim() || api.newFid();
  const kind = value.includes(":") ? "legacyToken" : "fid";
  const label = byId("new-label").value.trim() || null;
  try {
    await api.register(project, {
      target: { kind, value },
      platform: byId("new-platform").value,
      label,
    });
    byId("add-dialog").close();
  } catch (error) {
    say(byId("add-problem"), error.message);
  }
}

function tick() {
  const now = minuteOf(Date.now());
  for (const clock of document.querySelectorAll(".clock")) say(clock, now);
}

createComposer(() => project);
byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("project").addEventListener("change", () => {
  history.replaceState(null, "", `?project=${encodeURIComponent(byId("project").value)}`);
  show(byId("project").value);
});
byId("platform").addEventListener("change", draw);
byId("search").addEventListener("input", draw);
byId("add").addEventListener("click", openDialog);
byId("add-first").addEventListener("click", openDialog);
byId("add-cancel").addEventListener("click", () => byId("add-dialog").close());
byId("add-form").addEventListener("submit", addDevice);
setInterval(refreshProjects, PROJECTS_EVERY_MS);
setInterval(tick, 1000);
await refreshProjects();
if (project === null) show(asked ?? FALLBACK_PROJECT);
