import { investigationPanel } from "/static/investigation.js";
import { find, isShown, named, placed, same, test, texts } from "./harness.js";

const ROW = { rank: 1, what: "domain = qq.con", confidence: "likely", excess: "42", share: "31 %", bar: 0.31, evidence: "all of 42 failed", next_step: "Correct it." };
const REST = { ...ROW, rank: 2, what: "the rest", confidence: "unexplained" };
const FOUND = { running: false, done: true, against: "", rows: [ROW, REST], lists: { retry: 0, correct: 42, suppress: 0 } };

function investigating() {
  const asked = [];
  const made = placed((send) => investigationPanel(send, { ask: (...file) => asked.push(file) }, {}));
  return { ...made, asked };
}

test("a row leads to its mails, and a list that is not empty to a file", () => {
  const { panel, sent, asked } = investigating();
  panel.receive.investigation(FOUND);
  named("Show mails: domain = qq.con").click();
  named("Correct the address 更正 (42)").click();
  same([sent, asked, find(".share").style.getPropertyValue("--share")], [[["show-mails", { rank: 1 }]], [["correct", ".xlsx"]], "31%"]);
});

test("while it looks it is not asked again, and what it found before is gone", () => {
  const { panel, sent } = investigating();
  panel.receive.investigation({ ...FOUND, running: true, done: false, rows: [], lists: {} });
  named("Investigate the failures").click();
  same([sent, find("[role=status]").textContent, isShown(find("table"))], [[], "Looking…", false]);
});

test("how it ended is said to those, too, who do not see the table", () => {
  const { panel } = investigating();
  for (const [rows, words] of [
    [[REST], "Nothing stands out: no hypothesis would be honest."],
    [[ROW, REST], "One explanation was found."],
    [[ROW, ROW, REST], "2 explanations were found, the strongest first."],
  ]) {
    panel.receive.investigation({ ...FOUND, rows });
    same(find("[role=status]").textContent, words);
  }
});

test("what it compares with is in its heading, and what changed in a table that can be closed", () => {
  const { panel, sent } = investigating();
  panel.receive.investigation({ ...FOUND, against: "monday.csv" });
  panel.receive.compared({ label: "monday.csv", text: "It rose.", columns: ["Provider"], rows: [["QQ"]] });
  same(texts("h3, h4"), ["Why did it fail, compared with monday.csv?", "Compared with monday.csv"]);
  named("Close").click();
  same(sent, [["drop-comparison"]]);
});
