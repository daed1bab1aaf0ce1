import { tablePanel } from "/static/table.js";
import { all, enter, find, named, placed, results, same, test, texts } from "./harness.js";

const TABLE = {
  type: "table",
  columns: [{ name: "email_id", label: "Email id" }, { name: "status", label: "Status" }],
  all_columns: ["email_id", "status", "domain"],
  rows: [["1", "not_found"], ["2", "failed"]],
  first: 20,
  page: 1,
  pages: 3,
  page_rows: 20,
  total: 42,
  sorted: null,
  descending: false,
};

function shown(changes = {}) {
  const made = placed((send) => tablePanel(send, { text: document.createElement("span"), say() {}, ask: (...file) => made.sent.push(["ask", ...file]) }));
  made.panel.receive.results(results());
  made.panel.receive.table({ ...TABLE, ...changes });
  return made;
}

test("a heading sorts upwards, then downwards, then as it was", () => {
  const { panel, sent } = shown();
  const heading = () => find("th:nth-child(2)");
  for (const [sorted, descending] of [["status", false], ["status", true], [null, false]]) {
    heading().querySelector("button").click();
    panel.receive.table({ ...TABLE, sorted, descending });
  }
  same(sent.map(([, asked]) => [asked.column, asked.descending]), [["status", false], ["status", true], [null, false]]);
  same(heading().ariaSort, "none");
});

test("pages are turned, and not beyond the last", () => {
  const { panel, sent } = shown();
  named("Next ›").click();
  panel.receive.table({ ...TABLE, page: 2, first: 40 });
  named("Next ›").click();
  named("« First").click();
  enter(find("select"), "50");
  same(sent, [["turn-page", { page: 2 }], ["turn-page", { page: 0 }], ["set-page-rows", { rows: 50 }]]);
  same(texts(".count"), ["41–42 of 42"]);
});

test("statuses are words, and no records are a sentence", () => {
  const { panel } = shown();
  same(texts("td.status"), ["not found", "failed"]);
  panel.receive.table({ ...TABLE, rows: [], total: 0 });
  same(texts("td"), ["No record meets these filters."]);
});

test("columns are chosen, but the id stays", () => {
  const { sent } = shown();
  same(texts("[aria-label='Columns shown'] label"), ["status", "domain"]);
  all("[aria-label='Columns shown'] input")[1].click();
  same(sent, [["choose-columns", { names: ["email_id", "status", "domain"] }]]);
});

test("files are made of what is shown, and of nothing there are none", () => {
  const { panel, sent } = shown();
  named("CSV for programs").click();
  panel.receive.results(results({ rows: 0 }));
  named("Report as PDF").click();
  same(sent, [["ask", "shown", ".csv"]]);
});
