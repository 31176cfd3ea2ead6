/** The history of one device, read when somebody opens it and kept fresh while it is open. */

import { make, reconcile, secondOf, timeElement } from "./dom.js";

const WORDS = {
  registered: "Registered",
  moved: "Moved to this device",
  online: "Came online",
  offline: "Went offline",
  pending: "Pending",
  delivered: "Delivered",
  collapsed: "Replaced while pending",
  droppedTooManyPendingMessages: "Dropped: too many pending",
  droppedTtlExpired: "Dropped: time to live ran out",
  droppedDeviceInactive: "Dropped: registration ended",
  deletedMessages: "Told of deleted messages",
  cleared: "Cleared by the user",
};

/** Create the panel; *load* gives the events, oldest first. */
export function historyPanel(load) {
  const list = make("ol", { className: "events" });
  const panel = make("details", { className: "history" }, make("summary", {}, "History"), list);
  const refresh = async () => {
    if (!panel.open) return;
    const events = await load();
    // Kept where they are, so that an opened message stays open.
    reconcile(list, events.toReversed(), keyOf, line, () => {});
  };
  panel.addEventListener("toggle", refresh);
  panel.addEventListener("stale", refresh);
  return panel;
}

const keyOf = (event) => `${event.event} ${event.seq} ${event.atMs}`;

function line(event) {
  const message = event.message;
  return make(
    "li",
    {},
    timeElement(event.atMs, secondOf),
    make("span", {}, WORDS[event.event] ?? event.event),
    message === null
      ? null
      : make(
          "details",
          { className: "message" },
          make("summary", {}, `Message ${event.seq}`),
          make("pre", { tabIndex: 0 }, JSON.stringify(message, null, 2)),
        ),
  );
}
