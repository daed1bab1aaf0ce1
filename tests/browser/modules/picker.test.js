import { filePicker } from "/static/picker.js";
import { all, find, isShown, named, placed, press, same, test } from "./harness.js";

const WORDS = { purpose: "before", text: "Compare with…", kinds: ".csv", fileLabel: "A file", pathLabel: "or a path", placeholder: "x.csv", act: "Compare" };

function picking(words = {}) {
  const uploads = [];
  const { panel, sent } = placed((send) => {
    const picker = filePicker(send, { begin: (name, _, purpose) => uploads.push([name, purpose]) }, { ...WORDS, ...words });
    return { ...picker, element: picker.row };
  });
  return { panel, sent, uploads };
}

test("a file is uploaded for its purpose", () => {
  let chosen = 0;
  const { panel, uploads } = picking({ chosen: () => { chosen += 1; } });
  panel.upload(new File(["a"], "monday.csv"));
  same([uploads, chosen], [[["monday.csv", "before"]], 1]);
});

test("a path is sent by Enter and by the button, an empty one is not", () => {
  const { sent } = picking();
  const path = find("input[type=text]");
  named("Compare").click();
  path.value = "  monday.csv ";
  press(path, "Enter");
  named("Compare").click();
  same(sent, [["read-path", { path: "monday.csv", purpose: "before" }], ["read-path", { path: "monday.csv", purpose: "before" }]]);
});

test("a visitor has no path", () => {
  const { panel } = picking();
  panel.showPath(false);
  same(all("button").filter(isShown).map((each) => each.textContent), ["Compare with…"]);
  same(isShown(find("input[type=text]")), false);
});
