import { intakePanel } from "/static/intake.js";
import { enter, find, isShown, named, placed, same, state, test, texts, until } from "./harness.js";

function taking() {
  const uploads = [];
  const { panel, sent } = placed((send) => intakePanel(send, { begin: (name, blob, purpose) => uploads.push([name, blob, purpose]) }));
  panel.receive.state(state());
  return { panel, sent, uploads };
}

test("what is pasted is sent when the typing pauses, once", async () => {
  const { uploads } = taking();
  for (const text of ["1", "12", "123"]) enter(find("textarea"), text, "input");
  await until(() => uploads.length);
  same([uploads.length, uploads[0][0], await uploads[0][1].text(), uploads[0][2]], [1, "", "123", "ids"]);
});

test("an empty field clears, and a file that is dropped takes the place of what was pasted", async () => {
  const { sent, uploads } = taking();
  enter(find("textarea"), "  ", "input");
  await until(() => sent.length);
  same(sent, [["clear-ids"]]);
  find("textarea").value = "1";
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["1"], "ids.csv"));
  find("section").dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
  same([uploads.map(([name]) => name), find("textarea").value], [["ids.csv"], ""]);
});

test("what was refused is listed, with how many more, and notices after it", () => {
  const { panel } = taking();
  panel.receive.state(state({ ids: { refused: ["line 3: x – not an id"], more: 1_200, notices: ["It was read as GB18030."] } }));
  same(texts("li"), ["line 3: x – not an id", "and 1,200 more", "It was read as GB18030."]);
});

test("columns are asked for where several could hold the ids", () => {
  const { panel, sent } = taking();
  panel.receive.state(state({ ids: { columns: ["a", "b"], problem: "Which column?" } }));
  same(isShown(find("select")), true);
  enter(find("select"), "b");
  same(sent, [["choose-column", { column: "b" }]]);
});

test("the sample is the sandbox's", () => {
  const { panel } = taking();
  same(isShown(named("Take a sample campaign")), true);
  panel.receive.state(state({ connection: { source: "api" } }));
  same(isShown(named("Take a sample campaign")), false);
});
