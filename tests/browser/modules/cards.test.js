import { cardsPanel } from "/static/cards.js";
import { all, find, isShown, placed, same, test, texts } from "./harness.js";

const CARD = { email_id: "1", status: "failed", label: "Failed 失败", address: "li@qq.com", since: "received 09:00", meaning: "Not delivered.", history: [], english: "Our email …", chinese: "我们的邮件…" };

test("a card has its id, its address, and a sentence in each language", () => {
  const { panel } = placed(cardsPanel);
  panel.receive.cards({ cards: [CARD] });
  same([find("article").ariaLabel, find("code").textContent], ["Mail 1", "1"]);
  same(all(".sentence").map((each) => [each.lang, each.querySelector("p").textContent]), [["en", "Our email …"], ["zh", "我们的邮件…"]]);
  same(all(".history").length, 0);
});

test("a history is told from the first to the last", () => {
  const { panel } = placed(cardsPanel);
  panel.receive.cards({ cards: [{ ...CARD, history: [["Sending", "08:00"], ["Failed", "09:00"]] }] });
  same(texts(".history li"), ["08:00  Sending", "09:00  Failed"]);
});

test("without cards there is no heading", () => {
  const { panel } = placed(cardsPanel);
  panel.receive.cards({ cards: [CARD] });
  panel.receive.cards({ cards: [] });
  same(isShown(panel.element), false);
});
