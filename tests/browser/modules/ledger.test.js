import { ledgerPanel } from "/static/ledger.js";
import { enter, find, isShown, named, placed, press, same, state, test, texts } from "./harness.js";

function remembering() {
  const made = placed((send) => ledgerPanel(send, {}));
  find("details").open = true;
  made.panel.receive.state(state({ connection: { ledger: "Answers are remembered" } }));
  return made;
}

test("a person's mail is looked for by Enter and by the button", () => {
  const { sent } = remembering();
  const address = find("input[type=search]");
  named("Find").click();
  address.value = " li@qq.com ";
  press(address, "Enter");
  named("Find").click();
  same(sent, [["find", { address: "li@qq.com" }], ["find", { address: "li@qq.com" }]]);
});

test("forgetting is confirmed", () => {
  const { sent } = remembering();
  enter(find("input[type=number]"), "30");
  named("Forget").click();
  same([sent, document.activeElement.textContent], [[], "Yes, forget it for good"]);
  named("Yes, forget it for good").click();
  same([sent, isShown(named("Yes, forget it for good"))], [[["forget-mail", { days: 30 }]], false]);
});

test("what is still open is a table", () => {
  const { panel } = remembering();
  panel.receive["ledger-content"]({ text: "3 mails remembered, 1 still open", rows: [["1", "sending", "", "3 h", "Wait."]], more: "" });
  same([texts("td").length, isShown(find("table"))], [5, true]);
});

test("without a ledger saved results are opened all the same", () => {
  const { panel } = remembering();
  panel.receive.state(state());
  same([find("summary").textContent, isShown(named("Open saved results…")), isShown(find("input[type=search]"))], ["Open saved results", true, false]);
});
