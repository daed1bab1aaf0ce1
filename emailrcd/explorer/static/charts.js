import { KEY, button, heading, make, redraw, scrolling, show, tableOf } from "./elements.js";

const AT_LEAST_ROWS = 2;

/** Put an SVG into the page as elements. */
function picture(content) {
  const svg = new DOMParser().parseFromString(content.svg, "image/svg+xml").documentElement;
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", content.alt);
  return svg;
}

function put(element, mark) {
  for (const name of ["left", "top", "width", "height"]) element.style[name] = `${100 * mark[name]}%`;
}

/** Bars to touch: the pointer or the focus shows the numbers, a click or Enter filters. */
function bars(marks, tip, choose) {
  return marks.map((mark) => {
    const bar = button("", () => choose(mark.value), "mark", `bar ${mark.value}`);
    bar.ariaLabel = `${mark.text}. Show these only`;
    put(bar, mark);
    for (const name of ["pointerenter", "focus"]) bar.addEventListener(name, () => tip.over(mark));
    for (const name of ["pointerleave", "blur"]) bar.addEventListener(name, tip.hide);
    return bar;
  });
}

/** A row of periods to touch: one place for the keyboard, along which the arrows move; Shift, or a drag, takes several. */
export function periods(marks, tip, choose) {
  const first = marks[0];
  const last = marks[marks.length - 1];
  const band = make("div", { className: "band gone" });
  const strip = make("div", {
    className: "strip",
    tabIndex: 0,
    role: "slider",
    ariaLabel: "Periods. Arrows move, Shift and arrows take several, Enter shows these only",
    ariaValueMin: "0",
    ariaValueMax: String(marks.length - 1),
  }, band);
  put(strip, { left: first.left, top: first.top, width: last.left + last.width - first.left, height: first.height });
  let anchor = 0;
  let at = 0;
  let dragging = false;

  const draw = () => {
    const [from, to] = [Math.min(anchor, at), Math.max(anchor, at)];
    const width = last.left + last.width - first.left;
    band.style.left = `${(100 * (marks[from].left - first.left)) / width}%`;
    band.style.width = `${(100 * (marks[to].left + marks[to].width - marks[from].left)) / width}%`;
    show(band, true);
    strip.ariaValueNow = String(at);
    strip.ariaValueText = from === to ? marks[at].text : `${marks[from].text} – to – ${marks[to].text}`;
    tip.over(marks[at]);
  };
  const move = (to, extend) => {
    at = Math.min(Math.max(to, 0), marks.length - 1);
    if (!extend) anchor = at;
    draw();
  };
  const under = (event) => {
    const box = strip.getBoundingClientRect();
    const share = first.left + ((event.clientX - box.left) / box.width) * (last.left + last.width - first.left);
    const found = marks.findIndex((mark) => share < mark.left + mark.width);
    return found < 0 ? marks.length - 1 : found;
  };
  const finish = () => choose(Math.min(anchor, at), Math.max(anchor, at));
  const leave = () => { if (!dragging && document.activeElement !== strip) { show(band, false); tip.hide(); } };

  strip.addEventListener("pointermove", (event) => move(under(event), dragging));
  strip.addEventListener("pointerdown", (event) => {
    strip.setPointerCapture(event.pointerId);
    move(under(event), false);
    dragging = true;
  });
  strip.addEventListener("pointerup", () => { dragging = false; finish(); });
  strip.addEventListener("pointercancel", () => { dragging = false; leave(); });
  strip.addEventListener("pointerleave", leave);
  strip.addEventListener("focus", draw);
  strip.addEventListener("blur", () => { dragging = false; show(band, false); tip.hide(); });
  strip.addEventListener(KEY, ({ detail: event }) => {
    const steps = { ArrowLeft: at - 1, ArrowDown: at - 1, ArrowRight: at + 1, ArrowUp: at + 1, Home: 0, End: marks.length - 1 };
    if (Object.hasOwn(steps, event.key)) move(steps[event.key], event.shiftKey);
    else if (event.key === "Enter") finish();
    else return;
    event.preventDefault();
  });
  strip.ariaValueNow = "0";
  strip.ariaValueText = first.text;
  return strip;
}

/** One chart, its numbers as a table, and what of it can be touched. */
export function chartView(name, { choose = null, choosePeriods = null, ...controls } = {}) {
  const frame = make("div", { className: "picture", tabIndex: 0, role: "group", ariaLabel: name });
  const problem = make("p", { className: "note" });
  const numbers = scrolling(`${name} as numbers`);
  const details = make("details", { className: "gone" }, make("summary", {}, "The same as numbers"), numbers);
  const element = make("div", { className: "chart" }, make("div", { className: "row" }, heading(4, name), ...(controls.beside ?? [])), frame, problem, details);
  const tipText = make("div", { className: "tip gone", ariaHidden: "true" });
  const tip = {
    over(mark) {
      tipText.textContent = mark.text;
      tipText.style.left = `${Math.min(70, 100 * mark.left)}%`;
      tipText.style.top = `${100 * (mark.top + (choosePeriods ? 0 : mark.height))}%`;
      show(tipText, true);
    },
    hide: () => show(tipText, false),
  };
  return {
    element,
    draw(content) {
      tip.hide();
      const marks = !content.marks.length ? [] : choosePeriods ? [periods(content.marks, tip, choosePeriods)] : bars(content.marks, tip, choose);
      const drawn = content.svg ? [make("div", { className: "sheet" }, picture(content), ...marks, tipText)] : [];
      redraw(frame, ...drawn);
      show(frame, drawn.length > 0);
      problem.textContent = content.problem;
      const table = tableOf(content.columns, content.rows, { className: "numbers" });
      if (content.more) table.tBodies[0].append(make("tr", {}, make("td", { colSpan: content.columns.length }, content.more)));
      numbers.replaceChildren(table);
      show(details, content.rows.length > 0);
    },
  };
}

const OVER_TIME = [["timeline", "over time"], ["heatmap", "by weekday and hour"], ["settle_times", "time to settle"]];

/** The charts of what is shown. */
export function chartsPanel(send) {
  let by = "provider";
  const groups = make("select", { ariaLabel: "Breakdown by", onchange: () => send("group-by", { column: groups.value }) });
  const kind = make("select", { ariaLabel: "Chart of times", onchange: () => send("choose-chart", { chart: kind.value }) });
  kind.append(...OVER_TIME.map(([value, text]) => make("option", { value }, text)));
  const breakdown = chartView("Breakdown", {
    choose: (value) => send("toggle-value", { column: by, value }),
    beside: [make("label", { className: "inline" }, "by ", groups)],
  });
  const times = chartView("Over time", {
    choosePeriods: (first, last) => send("set-period", { first, last }),
    beside: [make("label", { className: "inline" }, "show ", kind)],
  });
  const element = make("section", { ariaLabel: "Charts" }, heading(3, "Charts"), breakdown.element, times.element);
  const views = { breakdown, timeline: times };
  return {
    element,
    receive: {
      choices: ({ columns }) => {
        groups.replaceChildren(...columns.map((name) => make("option", { value: name }, name)));
        groups.value = by;
      },
      results(content) {
        by = content.by;
        groups.value = by;
        kind.value = content.chart;
        show(element, content.total >= AT_LEAST_ROWS);
      },
      chart: (content) => { if (Object.hasOwn(views, content.name)) views[content.name].draw(content); },
    },
  };
}
