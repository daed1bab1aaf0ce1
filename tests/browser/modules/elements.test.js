import { KEY, button, complain, copier, enable, make, onEnter, options, redraw, strict, tableOf } from "/static/elements.js";
import { all, find, press, same, test, texts } from "./harness.js";

test("text is never taken for HTML", () => {
  document.body.append(make("p", {}, "<img src=x>"), tableOf(["<b>"], [["<i>"]]));
  same(all("img, b, i").length, 0);
  same(texts("p, th, td"), ["<img src=x>", "<b>", "<i>"]);
});

test("a button that is switched off does nothing and keeps the focus", () => {
  let clicks = 0;
  const element = button("Query", () => { clicks += 1; });
  document.body.append(element);
  element.focus();
  enable(element, false);
  element.click();
  same([clicks, document.activeElement === element], [0, true]);
  enable(element, true);
  element.click();
  same(clicks, 1);
});

test("Enter is heard as the app passes it on, other keys are not", () => {
  let pressed = 0;
  const field = onEnter(make("input"), () => { pressed += 1; });
  for (const key of ["a", "Enter"]) press(field, key);
  same([pressed, KEY], [1, "emailrcd-key"]);
});

test("what is drawn anew keeps the focus by its key, else gives it to the place", () => {
  const place = make("div");
  document.body.append(place);
  redraw(place, button("a", () => {}), button("b", () => {}));
  place.lastChild.focus();
  redraw(place, button("b", () => {}), button("c", () => {}));
  same(document.activeElement.textContent, "b");
  redraw(place, button("c", () => {}));
  same(document.activeElement === place, true);
});

test("choices that are the same are left alone, and the chosen one is chosen", () => {
  const select = make("select");
  options(select, [["", "all"], ["qq", "QQ (3)"]], "qq");
  const first = select.options[0];
  options(select, [["", "all"], ["qq", "QQ (3)"]], "");
  same([select.value, select.options[0] === first], ["", true]);
  options(select, [["", "all"]], "");
  same(select.options.length, 1);
});

test("a complaint is shown while there is one", () => {
  const box = make("div", { className: "gone" });
  complain(box, "too large");
  same([box.textContent, box.className], ["too large", ""]);
  complain(box, "");
  same([box.textContent, box.className], ["", "gone"]);
});

test("a key that is missing is an error that names it, however deep", () => {
  const content = strict({ type: "state", ids: { columns: [{ name: "id" }] } });
  same(content.ids.columns[0].name, "id");
  let problem = "";
  try {
    same(content.ids.columns[0].label, "");
  } catch (error) {
    problem = error.message;
  }
  same(problem, "A message  has no label.");
});

test("where a page has no clipboard there is no button to copy", () => {
  document.body.append(copier("Copy id", "1"));
  same(find("button").classList.contains("gone"), !navigator.clipboard);
});
