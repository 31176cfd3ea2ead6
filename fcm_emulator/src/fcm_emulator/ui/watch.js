/** The live state of one project: follows the emulator's event stream and keeps the devices. */

import { eventsUrl } from "./api.js";

/**
 * Follow a project, while the page is visible, until the returned function is called.
 *
 * A browser opens six connections to a host over HTTP/1.1, and each stream holds one: hidden tabs
 * would leave none for the one in front. Coming back, the stream begins with a snapshot.
 */
export function watch(project, hearers) {
  const devices = new Map();
  let source = null;

  function follow() {
    const isSeen = document.visibilityState !== "hidden";
    if (isSeen === (source !== null)) return;
    if (!isSeen) source.close();
    source = isSeen ? listen(new EventSource(eventsUrl(project)), devices, hearers) : null;
  }

  document.addEventListener("visibilitychange", follow);
  follow();
  return () => {
    document.removeEventListener("visibilitychange", follow);
    source?.close();
  };
}

/**
 * Keep *devices* as the stream says.
 *
 * EventSource reconnects by itself and says what it last saw; after a restart or a reset of the
 * emulator the stream begins with a snapshot again.
 */
function listen(source, devices, { onDevices, onArrival, onConnection }) {
  const latest = (device) => Math.max(0, ...device.tray.map((entry) => entry.seq));

  source.onopen = () => onConnection(true);
  source.onerror = () => onConnection(false);
  source.addEventListener("snapshot", (event) => {
    devices.clear();
    for (const device of JSON.parse(event.data).devices) devices.set(device.target.value, device);
  });
  source.addEventListener("device", (event) => {
    const device = JSON.parse(event.data);
    const known = devices.get(device.target.value);
    const seen = known ? latest(known) : 0;
    devices.set(device.target.value, device);
    for (const entry of device.tray.toReversed()) {
      if (entry.seq > seen) onArrival(device, entry);
    }
  });
  source.addEventListener("removed", (event) => devices.delete(JSON.parse(event.data).target));
  source.addEventListener("sync", () => onDevices([...devices.values()]));
  return source;
}
