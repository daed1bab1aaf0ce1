// The view of the app. It keeps no data: what it shows comes as messages, what is typed leaves as messages.

const TYPING_PAUSE = 300;

/** Make an element. Text is always set as text, never as HTML. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const labelled = (text, control) => make("label", { className: "field" }, make("span", {}, text), control);
const button = (text, onclick, className = "") => make("button", { type: "button", className, onclick }, text);
const show = (element, visible) => element.classList.toggle("gone", !visible);

function options(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text]) => make("option", { value }, text)));
  select.value = chosen;
}

const note = () => make("span", { className: "note" });
const numbered = (value) => value.toLocaleString("en");

/** A table of texts; `mark` may dress a row. */
function tableOf(columns, rows, { className = "", mark = () => {} } = {}) {
  const cells = (tag, texts) => texts.map((text) => make(tag, { title: text }, text));
  const body = rows.map((row, place) => {
    const element = make("tr", {}, ...cells("td", row));
    mark(element, row, place);
    return element;
  });
  return make("table", { className }, make("thead", {}, make("tr", {}, ...cells("th", columns))), make("tbody", {}, ...body));
}

/** A place for a picture, which keeps its letters legible where it is narrow: it scrolls sideways. */
function framed(image) {
  return make("div", { className: "picture" }, image);
}

/** Show a picture that came as bytes, or none. */
function picture(image, alt, buffers) {
  if (image.src) URL.revokeObjectURL(image.src);
  show(image, buffers.length > 0);
  image.alt = alt;
  if (buffers.length) image.src = URL.createObjectURL(new Blob([buffers[0]], { type: "image/png" }));
}
