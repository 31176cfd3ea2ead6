/** One device as a phone or a browser window: its screen, and what a person can do with it. */

import { make, minuteOf, reconcile, say, timeElement } from "./dom.js";
import { historyPanel } from "./history.js";

const PLATFORMS = { android: "Android", ios: "iOS", web: "Web" };

export const nameOf = (device) =>
  device.label || `${PLATFORMS[device.platform]} ${device.target.value.slice(0, 6)}`;

/** Create the card; `update` fills it. *act* holds what the buttons do. */
export function createPhone(device, act) {
  const id = `phone-${device.target.value.replaceAll(/[^\w-]/g, "_")}`;
  const card = make("li", { className: `phone ${device.platform}` });
  const current = () => card.device;
  const onlineSwitch = make(
    "button",
    { type: "button", className: "switch", role: "switch", "data-part": "online" },
    make("span", { className: "knob", "aria-hidden": "true" }),
    make("span", { className: "switch-text" }, "Online"),
  );
  onlineSwitch.addEventListener("click", () => act.setOnline(current(), !current().online));
  const button = (text, action, part) => {
    const made = make("button", { type: "button", className: "button small", "data-part": part });
    made.append(text, make("span", { className: "hidden", "data-part": "of" }));
    made.addEventListener("click", () => action(current()));
    return made;
  };
  card.append(
    make(
      "article",
      { "aria-labelledby": id },
      screen(),
      make(
        "div",
        { className: "about" },
        make(
          "div",
          { className: "row" },
          make("h3", { id, "data-part": "name" }),
          make("span", { className: "platform" }, PLATFORMS[device.platform]),
        ),
        make("p", { className: "target", title: device.target.value }, device.target.value),
        make(
          "div",
          { className: "row" },
          onlineSwitch,
          button("Clear", act.clear, "clear"),
          button("Remove", act.remove, "remove"),
        ),
        historyPanel(() => act.history(current())),
      ),
    ),
  );
  return card;
}

/** Show *device* on its card; *act.dismiss* wipes one notification away. */
export function updatePhone(card, device, act) {
  card.device = device;
  const part = (name) => card.querySelector(`[data-part="${name}"]`);
  const name = nameOf(device);
  say(part("name"), name);
  card.classList.toggle("offline", !device.online);
  part("online").setAttribute("aria-checked", String(device.online));
  part("online").setAttribute("aria-label", `Online: ${name}`);
  for (const of of card.querySelectorAll('[data-part="of"]')) say(of, ` ${name}`);
  part("clear").disabled = device.tray.length === 0;
  const waiting = device.pendingCount ? `${device.pendingCount} pending` : "";
  say(part("state"), [device.online ? "" : "Offline", waiting].filter(Boolean).join(" · "));
  say(part("badge"), device.badge ? String(device.badge) : "");
  part("badge").setAttribute("aria-label", device.badge ? `Badge ${device.badge}` : "");
  part("badge").hidden = !device.badge;
  part("tray").setAttribute("aria-label", `Notifications on ${name}`);
  part("quiet").hidden = device.tray.length > 0;
  reconcile(
    part("tray"),
    device.tray,
    (entry) => entry.seq,
    (entry) => notification(entry, device, () => act.dismiss(card.device, entry)),
    () => {},
  );
  card.querySelector("details").dispatchEvent(new Event("stale"));
}

function screen() {
  return make(
    "div",
    { className: "screen" },
    make(
      "div",
      { className: "status" },
      make("span", { className: "clock", "aria-hidden": "true" }),
      make("span", { className: "state", "data-part": "state", role: "status" }),
      make("span", { className: "badge", "data-part": "badge", role: "img", hidden: true }),
    ),
    make("p", { className: "quiet", "data-part": "quiet" }, "No notifications"),
    make("ul", { className: "tray", "data-part": "tray", tabIndex: 0 }),
  );
}

function notification(entry, device, dismiss) {
  const title = entry.title || "(no title)";
  const close = make("button", {
    type: "button",
    className: "close",
    textContent: "×",
    "aria-label": `Dismiss ${title}`,
  });
  close.addEventListener("click", dismiss);
  const chips = [
    entry.priority === "high" || entry.priority === "normal" ? null : entry.priority,
    entry.tag && `tag ${entry.tag}`,
    entry.category && `${device.platform === "ios" ? "category" : "channel"} ${entry.category}`,
  ].filter(Boolean);
  return make(
    "li",
    { className: `notification ${entry.priority}` },
    make(
      "div",
      { className: "row" },
      make("span", { className: "app", "aria-hidden": "true" }),
      timeElement(entry.atMs, minuteOf),
      close,
    ),
    make("strong", { className: "title" }, title),
    entry.body ? make("p", { className: "body" }, entry.body) : null,
    entry.image ? imageLink(entry.image) : null,
    chips.length
      ? make("p", { className: "chips" }, ...chips.map((text) => make("span", {}, text)))
      : null,
    entry.actions?.length
      ? make(
          "p",
          { className: "actions" },
          ...entry.actions.map((a) => make("span", {}, a.title ?? a.action ?? "")),
        )
      : null,
  );
}

// The page loads nothing foreign: an image is a link that one may follow.
function imageLink(url) {
  const isWeb = /^https?:\/\//.test(url);
  const text = `Image: ${url.replace(/^.*\//, "") || url}`;
  if (!isWeb) return make("p", { className: "image" }, text);
  return make(
    "p",
    { className: "image" },
    make("a", { href: url, target: "_blank", rel: "noreferrer" }, text),
  );
}
