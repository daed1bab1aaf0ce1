import app from "/static/app.js";
import { all, find, isShown, same, state, test } from "./harness.js";

/** The app in an element, and the other end of its wire. */
function rendered() {
  const sent = [];
  let tell;
  const model = { on: (_, handler) => { tell = handler; }, off() {}, send: (content) => sent.push(content) };
  const el = document.createElement("div");
  document.body.append(el);
  const leave = app.render({ model, el });
  return { el, sent, tell: (content) => tell(content, []), leave };
}

test("a page that opens says so, and shows no results before there are any", () => {
  const { sent, leave } = rendered();
  same([sent, isShown(find(".results"))], [[{ type: "ready" }], false]);
  leave();
});

test("a key pressed in the app is heard by nobody else; one beside it is", () => {
  const { leave } = rendered();
  const heard = [];
  const listen = ({ key }) => heard.push(key);
  document.addEventListener("keydown", listen);
  const beside = document.createElement("input");
  document.body.append(beside);
  for (const [target, key] of [[find("textarea"), "d"], [beside, "x"]]) target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  leave();
  find("textarea").dispatchEvent(new KeyboardEvent("keydown", { key: "e", bubbles: true }));
  document.removeEventListener("keydown", listen);
  same(heard, ["x", "e"]);
});

test("the badge follows what is asked", () => {
  const { tell, leave } = rendered();
  tell(state());
  same(isShown(find(".sandbox")), true);
  tell(state({ state: { sandbox: false } }));
  same(isShown(find(".sandbox")), false);
  leave();
});

test("a message that lacks a key breaks nothing, and is told by its name", () => {
  const { tell, leave } = rendered();
  tell({ type: "progress", text: "half" });
  same(all("[role=alert]").filter(isShown).map((each) => each.textContent), ["This page does not fit the app it talks to (A message progress has no fraction.). Load the page again, or run the cell again."]);
  leave();
});
