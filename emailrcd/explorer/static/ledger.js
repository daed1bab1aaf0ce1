import { card } from "./cards.js";
import { SAVED, filePicker } from "./picker.js";
import { openMail } from "./query.js";
import { button, make, onEnter, redraw, show } from "./elements.js";

/** What is remembered: a person's mail, what is still open, results that were saved; and how to forget. */
export function ledgerPanel(send, uploads) {
  const address = make("input", { type: "search", placeholder: "li.lei@qq.com, or a part of it", autocomplete: "off", spellcheck: false });
  const find = () => { if (address.value.trim()) send("find", { address: address.value.trim() }); };
  onEnter(address, find);
  const finding = make("div", { className: "row" }, make("label", { className: "inline grow" }, "Find a person's mail ", address), button("Find", find));
  const found = make("div", { className: "count", role: "status" });
  const cards = make("div", { className: "cards" });

  const opening = filePicker(send, uploads, {
    ...SAVED,
    purpose: "results",
    text: "Open saved results…",
    fileLabel: "File with saved results to open",
    pathLabel: "or their path here",
    act: "Open",
  });

  const look = make("div", { className: "row" }, button("What is still open?", () => send("open-ledger")));
  const text = make("div", { className: "count", role: "status" });
  const open = make("div", {});
  const days = make("input", { type: "number", min: 0, step: 1, value: 180, className: "short" });
  const sure = button("Yes, forget it for good", () => { show(sure, false); send("forget-mail", { days: Math.max(0, Math.round(days.valueAsNumber || 0)) }); }, "warned");
  const forget = button("Forget", () => { show(sure, true); sure.focus(); });
  show(sure, false);
  const forgetting = make("div", { className: "row" }, make("label", { className: "inline" }, "Forget mail last answered more than ", days, " days ago"), forget, sure);
  const summary = make("summary", {});
  // First what can be asked, so that a long answer hides none of it.
  const details = make("details", {}, summary, finding, opening.row, opening.said, look, found, cards, text, open, forgetting);
  const element = make("section", { ariaLabel: "What was asked before" }, details);

  return {
    element,
    receive: {
      state({ connection }) {
        opening.showPath(!connection.visited);
        summary.textContent = connection.ledger ? "Find a person's mail, open saved results, see what is still open" : "Open saved results";
        for (const each of [finding, look, forgetting]) show(each, Boolean(connection.ledger));
      },
      found(content) {
        found.textContent = content.text;
        redraw(cards, ...content.cards.map(card));
      },
      "ledger-content"(content) {
        text.textContent = content.text;
        redraw(open, ...openMail(content));
      },
    },
  };
}
