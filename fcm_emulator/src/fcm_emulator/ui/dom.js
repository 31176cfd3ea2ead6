/** Making elements without a framework; text is always text, never markup. */

/** Make an element with properties, attributes (aria-*, role, data-*) and children. */
export function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key.includes("-") || key === "role") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Set text only when it differs, so that screen readers hear no repeats. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Make *parent* hold an element for each of *items*, in order, and keep those that it has: focus
 * and animations survive.
 */
export function reconcile(parent, items, keyOf, create, update) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    let element = known.get(key);
    known.delete(key);
    if (!element) {
      element = create(item);
      element.dataset.key = key;
    }
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  for (const element of known.values()) element.remove();
}

export const minuteOf = (ms) =>
  new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

export const secondOf = (ms) => new Date(ms).toLocaleTimeString();

/** Make a time element; *show* words it. */
export const timeElement = (ms, show) =>
  make("time", { dateTime: new Date(ms).toISOString(), title: secondOf(ms) }, show(ms));
