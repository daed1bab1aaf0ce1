import { button, complain, enable, heading, labelled, make, numbered, options, problemBox, show } from "./elements.js";
import { filePicker } from "./picker.js";

const KINDS = ".txt,.csv,.tsv,.xlsx,.xls,.xlsm,.ods,.json,.jsonl,.ndjson,.parquet,.gz,.zip";

const TYPING_PAUSE = 300;

/** 2. Ids: pasted, uploaded, dropped, or from a path. */
export function intakePanel(send, uploads) {
  let typing;
  const paste = make("textarea", {
    rows: 4,
    wrap: "off",
    spellcheck: false,
    placeholder: "Paste email ids here – one a line, with commas, from Excel,\nor the JSON reply of the sending endpoint",
    oninput: () => {
      clearTimeout(typing);
      typing = setTimeout(() => {
        if (paste.value.trim()) uploads.begin("", new Blob([paste.value]), "ids", picker.say);
        else send("clear-ids");
      }, TYPING_PAUSE);
    },
  });
  const picker = filePicker(send, uploads, {
    purpose: "ids",
    text: "Upload a file…",
    kinds: KINDS,
    fileLabel: "File with email ids",
    pathLabel: "or a path here",
    placeholder: "campaign.csv",
    act: "Read it",
    chosen: () => { clearTimeout(typing); paste.value = ""; },
  });
  const sample = button("Take a sample campaign", () => { paste.value = ""; send("take-sample"); });
  picker.row.append(sample);
  const text = make("div", { className: "count", role: "status" });
  const problem = problemBox();
  const column = make("select", { ariaLabel: "Id column", onchange: () => { if (column.value) send("choose-column", { column: column.value }); } });
  const columnRow = make("label", { className: "inline gone" }, "The email ids are in the column ", column);
  const refused = make("ul", { className: "refused gone" });
  const element = make(
    "section",
    {
      ariaLabel: "Email ids",
      ondragover: (event) => { event.preventDefault(); event.stopPropagation(); element.classList.add("over"); },
      ondragleave: () => element.classList.remove("over"),
      ondrop: (event) => {
        event.preventDefault();
        event.stopPropagation();
        element.classList.remove("over");
        if (event.dataTransfer.files.length) picker.upload(event.dataTransfer.files[0]);
      },
    },
    heading(3, "2  Email ids"),
    labelled("Email ids 邮件ID", paste),
    picker.row,
    picker.said,
    text,
    problem,
    columnRow,
    refused,
  );

  return {
    element,
    receive: {
      state({ ids, connection, running }) {
        picker.showPath(!connection.visited);
        show(sample, connection.source === "sandbox");
        enable(sample, !running);
        text.textContent = ids.text;
        complain(problem, ids.problem);
        options(column, [["", "choose…"], ...ids.columns.map((name) => [name, name])], "");
        show(columnRow, ids.columns.length > 0);
        const lines = [...ids.refused, ...(ids.more ? [`and ${numbered(ids.more)} more`] : []), ...ids.notices];
        refused.replaceChildren(...lines.map((line) => make("li", {}, line)));
        show(refused, lines.length > 0);
      },
    },
  };
}
