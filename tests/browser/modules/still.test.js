import { keepStill } from "/static/still.js";
import { same, test } from "./harness.js";

const RESULT = { name: "emailrcd-1", html: '<div id="emailrcd-1">new</div>', text: "new" };

/** A notebook of JupyterLab as far as it is used: cells, of which some have outputs. */
function notebookOf(...htmls) {
  const kept = htmls.map((html) => ({ output_type: "display_data", metadata: {}, data: { "text/html": html } }));
  const outputs = { length: kept.length, get: (place) => ({ toJSON: () => kept[place] }), set: (place, output) => { kept[place] = output; } };
  return { notebook: { cells: [{}, { outputs }] }, kept };
}

test("the output that bears its name holds the last result, others stay", () => {
  const { notebook, kept } = notebookOf("<p>other</p>", ["<div ", 'id="emailrcd-1">old</div>'], undefined);
  keepStill(RESULT, notebook);
  same(kept.map(({ data }) => data["text/html"]), ["<p>other</p>", RESULT.html, undefined]);
  same(kept[1], { output_type: "display_data", metadata: {}, data: { "text/html": RESULT.html, "text/plain": "new" } });
});

test("a result that is kept already is not kept again", () => {
  const { notebook, kept } = notebookOf(RESULT.html);
  const [before] = kept;
  keepStill(RESULT, notebook);
  same(kept[0] === before, true);
});

test("where there is no notebook nothing is kept", () => {
  same(keepStill(RESULT, undefined), undefined);
});
