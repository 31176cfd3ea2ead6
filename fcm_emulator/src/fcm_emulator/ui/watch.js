/** The live state of one project: follows the emulator's event stream and keeps the devices. */

import { eventsUrl } from "./api.js";

/**
 * Follow a project until the returned function is called.
 *
 * EventSource reconnects by itself and says what it last saw; after a restart or a reset of the
 * emulator the stream begins with a snapshot again.
 */
export function watch(project, { onDevices, onArrival, onConnection }) {
  const devices = new Map();
  const source = new EventSource(eventsUrl(project));
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
  return () => source.close();
}
