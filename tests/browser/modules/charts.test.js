import { chartsPanel } from "/static/charts.js";
import { all, enter, find, isShown, named, placed, press, results, same, test, texts } from "./harness.js";

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10pt" height="5pt" viewBox="0 0 10 5"><rect width="3" height="2"/></svg>';
const mark = (place, text) => ({ left: 0.25 * place, top: 0.1, width: 0.25, height: 0.8, text, value: text });

function chart(name, marks) {
  return { type: "chart", name, svg: SVG, alt: `The ${name}`, problem: "", marks, columns: ["group", "ids"], rows: [["a", "3"]], more: "" };
}

function drawn(name) {
  const made = placed(chartsPanel);
  made.panel.receive.results(results());
  made.panel.receive.chart(chart(name, ["a", "b", "c"].map((text, place) => mark(place, text))));
  return made;
}

test("a picture has its description and its numbers as a table", () => {
  drawn("breakdown");
  same([find("svg").getAttribute("aria-label"), find("svg").hasAttribute("width"), texts("td")], ["The breakdown", false, ["a", "3"]]);
});

test("a bar tells its numbers under the focus, and filters", () => {
  const { sent } = drawn("breakdown");
  const bar = named("b. Show these only");
  bar.focus();
  same([isShown(find(".tip")), find(".tip").textContent], [true, "b"]);
  bar.click();
  same(sent, [["toggle-value", { column: "provider", value: "b" }]]);
  bar.blur();
  same(isShown(find(".tip")), false);
});

test("arrows go along the periods, Shift takes several, Enter filters by them", () => {
  const { sent } = drawn("timeline");
  const strip = find("[role=slider]");
  strip.focus();
  same([strip.ariaValueNow, strip.ariaValueText], ["0", "a"]);
  press(strip, "ArrowRight");
  press(strip, "End", { shiftKey: true });
  same(strip.ariaValueText, "b – to – c");
  press(strip, "Enter");
  same(sent, [["set-period", { first: 1, last: 2 }]]);
});

test("a drag over the periods takes those it touches", () => {
  const { sent } = drawn("timeline");
  find(".sheet").style.width = "400px";
  const strip = find("[role=slider]");
  strip.setPointerCapture = () => {};
  const box = strip.getBoundingClientRect();
  const at = (type, share) => strip.dispatchEvent(new PointerEvent(type, { clientX: box.left + share * box.width, clientY: box.top + 1 }));
  at("pointerdown", 0.5);
  at("pointermove", 0.9);
  at("pointerup", 0.9);
  same(sent, [["set-period", { first: 1, last: 2 }]]);
});

test("a column and a kind of chart are chosen", () => {
  const { panel, sent } = drawn("breakdown");
  panel.receive.choices({ columns: ["provider", "campaign"] });
  enter(find("select[aria-label='Breakdown by']"), "campaign");
  enter(find("select[aria-label='Chart of times']"), "heatmap");
  same(sent, [["group-by", { column: "campaign" }], ["choose-chart", { chart: "heatmap" }]]);
});

test("a chart that cannot be drawn says why and keeps its numbers; one mail has none", () => {
  const { panel } = drawn("breakdown");
  panel.receive.chart({ ...chart("breakdown", []), svg: "", problem: "There are no times." });
  same([all("svg").length, isShown(find("details"))], [0, true]);
  panel.receive.results(results({ total: 1 }));
  same(isShown(panel.element), false);
});
