import { queryPanel } from "/static/query.js";
import { find, isShown, named, placed, same, state, test, texts } from "./harness.js";

function asking(changes) {
  const made = placed((send) => queryPanel(send, { element: document.createElement("div") }));
  made.panel.receive.state(state(changes));
  return made;
}

const FIVE = { ids: { count: 5 } };
const RUNNING = { ...FIVE, state: { running: true } };

test("without ids there is nothing to query", () => {
  const { sent } = asking();
  named("Query").click();
  same([sent, find(".outcome").textContent], [[], "Give some ids first."]);
});

test("a query is begun as it was ticked", () => {
  const { sent } = asking(FIVE);
  find("input[type=checkbox]").click();
  named("Query 5 ids").click();
  same(sent, [["start-query", { watch: true, refresh: false, anyway: false }]]);
});

test("the focus goes from query to cancel, and on to what goes on", () => {
  const { panel } = asking(FIVE);
  named("Query 5 ids").focus();
  panel.receive.state(state(RUNNING));
  same(document.activeElement.textContent, "Cancel");
  panel.receive.state(state({ ...FIVE, state: { unfinished: 3, status: "Cancelled · 2 of 5 answered" } }));
  same([document.activeElement.textContent, find(".outcome").textContent], ["Go on with 3", "Cancelled · 2 of 5 answered"]);
});

test("once it is being stopped, progress says nothing else", () => {
  const { panel, sent } = asking(RUNNING);
  panel.receive.progress({ text: "2 of 5 ids", fraction: 0.4 });
  same([find("progress").value, find(".outcome").textContent], [0.4, "2 of 5 ids"]);
  named("Cancel").click();
  panel.receive.progress({ text: "3 of 5 ids", fraction: 0.6 });
  same([sent, find(".outcome").textContent], [[["cancel"]], "Stopping…"]);
});

test("ids that may be rounded are asked about, and nothing is the easier answer", () => {
  const { panel, sent } = asking(FIVE);
  named("Query 5 ids").focus();
  panel.receive.state(state({ ids: { count: 5, question: "1 id looks rounded. Query all the same?" } }));
  same(document.activeElement.textContent, "Go back");
  named("Query anyway").click();
  same(sent, [["start-query", { watch: false, refresh: false, anyway: true }]]);
});

test("a watch shows what is stuck", () => {
  const { panel } = asking(RUNNING);
  panel.receive.watched({ text: "Round 1: 3 settled, 2 open", rows: [["1", "sending", "a@b.example", "3 h", "Wait."]], more: "1 more" });
  same([isShown(find(".watching")), texts("td"), find(".watching .note").textContent], [true, ["1", "sending", "a@b.example", "3 h", "Wait."], "1 more"]);
});
