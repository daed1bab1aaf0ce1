// What the parts of the page are made of. The page keeps no data: what it shows comes as messages, what is typed leaves as messages.

/** What a key pressed in the app is told as; the notebook around it hears of none. */
export const KEY = "emailrcd-key";

/** Make an element. Text is always set as text, never as HTML; `key` names it for `redraw`. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "key") element.dataset.key = value;
    else if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** A button; one that is switched off keeps the focus, so that it stays where it was. */
export function button(text, onclick, className = "", key = text) {
  const act = (event) => {
    if (element.getAttribute("aria-disabled") !== "true") onclick(event);
  };
  const element = make("button", { type: "button", className, key, onclick: act }, text);
  return element;
}

/** Do something when Enter is pressed there. */
export function onEnter(element, act) {
  element.addEventListener(KEY, ({ detail: event }) => { if (event.key === "Enter") act(event); });
  return element;
}

export const enable = (control, enabled) => {
  if (control.tagName === "BUTTON") control.setAttribute("aria-disabled", String(!enabled));
  else control.disabled = !enabled;
};

export const labelled = (text, control) => make("label", { className: "field" }, make("span", {}, text), control);
export const show = (element, visible) => element.classList.toggle("gone", !visible);
export const note = (text = "") => make("span", { className: "note" }, text);
export const numbered = (value) => value.toLocaleString("en");
export const problemBox = () => make("div", { className: "problem gone", role: "alert" });

/** Say what is wrong, or nothing; return whether that is news. */
export function complain(box, text) {
  const isNew = Boolean(text) && box.textContent !== text;
  if (box.textContent !== text) box.textContent = text;
  show(box, Boolean(text));
  return isNew;
}

/** A heading, one level higher where the app is the whole page. */
export const heading = (level, text) => make(`h${document.body.dataset.voila ? level - 1 : level}`, {}, text);

export function options(select, pairs, chosen) {
  const before = [...select.options].map((option) => `${option.value}\n${option.text}`).join("\n");
  if (before !== pairs.map((pair) => pair.join("\n")).join("\n")) {
    select.replaceChildren(...pairs.map(([value, text]) => make("option", { value }, text)));
  }
  select.value = chosen;
}

/** Put other children in place; the focus stays on the one with the same key, or on the place. */
export function redraw(place, ...children) {
  const focused = place.contains(document.activeElement) ? document.activeElement : null;
  const key = focused?.closest("[data-key]")?.dataset.key;
  place.replaceChildren(...children);
  if (!focused) return;
  const again = key !== undefined && [...place.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
  if (!again) place.tabIndex = -1;
  (again || place).focus({ preventScroll: true });
}

/** A place that scrolls sideways, by keyboard too. */
export const scrolling = (name, className = "") => make("div", { className: `scroll ${className}`, tabIndex: 0, role: "group", ariaLabel: name });

/** A table of texts; `mark` may dress a row. */
export function tableOf(columns, rows, { className = "", mark = () => {} } = {}) {
  const body = rows.map((row, place) => {
    const element = make("tr", {}, ...row.map((text) => make("td", { title: text }, text)));
    mark(element, row, place);
    return element;
  });
  const headings = columns.map((text) => make("th", { scope: "col" }, text));
  return make("table", { className }, make("thead", {}, make("tr", {}, ...headings)), make("tbody", {}, ...body));
}

/** A button that puts a text on the clipboard. Where a page comes by plain http from another machine, browsers give none. */
export function copier(name, text) {
  const copy = button(name, async () => {
    await navigator.clipboard.writeText(typeof text === "function" ? text() : text);
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = name; }, 2_000);
  }, "quiet");
  show(copy, Boolean(navigator.clipboard));
  return copy;
}

/** A message of which a key that is missing is an error that names it. */
export function strict(content) {
  if (content === null || typeof content !== "object") return content;
  if (Array.isArray(content)) return content.map(strict);
  return new Proxy(content, {
    get(target, name) {
      if (typeof name === "string" && !(name in target)) throw new Error(`A message ${target.type ?? ""} has no ${name}.`);
      return strict(target[name]);
    },
  });
}
