import { copier, heading, make, note, redraw, show } from "./elements.js";

/** A sentence for the customer, to copy. */
function sentence(language, name, text) {
  return make("div", { className: "sentence", lang: language }, make("p", {}, text), copier(`Copy in ${name}`, text));
}

/** One mail, for whoever is asked about it. */
export function card(content) {
  const past = content.history.map(([status, time]) => make("li", {}, `${time}  ${status}`));
  return make(
    "article",
    { className: `card ${content.status}`, ariaLabel: `Mail ${content.email_id}` },
    make("div", { className: "row" }, make("strong", { className: `status ${content.status}` }, content.label), make("span", {}, content.address)),
    make("div", { className: "row" }, make("code", {}, content.email_id), copier("Copy id", content.email_id)),
    note(content.since),
    make("p", {}, content.meaning),
    past.length ? make("ol", { className: "history", ariaLabel: "History" }, ...past) : null,
    make("p", { className: "note" }, "For the customer:"),
    sentence("en", "English", content.english),
    sentence("zh", "Chinese", content.chinese),
  );
}

/** Few mails are read one by one, before any number. */
export function cardsPanel() {
  const cards = make("div", { className: "cards" });
  const element = make("section", { className: "gone", ariaLabel: "Mails" }, heading(3, "Mails"), cards);
  return {
    element,
    receive: {
      cards(content) {
        redraw(cards, ...content.cards.map(card));
        show(element, content.cards.length > 0);
      },
    },
  };
}
