import { Sender } from "./transfer.js";
import { TYPING_PAUSE, button, complain, enable, heading, labelled, make, numbered, onEnter, options, problemBox, show } from "./elements.js";

const KINDS = ".txt,.csv,.tsv,.xlsx,.xls,.xlsm,.ods,.json,.jsonl,.ndjson,.parquet,.gz,.zip";

/** 2. Ids: pasted, uploaded, dropped, or from a path. */
export function intakePanel(send) {
  const sent = make("span", { className: "note", role: "status" });
  const sender = new Sender(
    send,
    (name, done, size) => { sent.textContent = name && done < size ? `Uploading ${name}: ${Math.round((100 * done) / size)} %` : ""; },
    (why) => { sent.textContent = why; },
  );
  let typing;
  const paste = make("textarea", {
    rows: 4,
    wrap: "off",
    spellcheck: false,
    placeholder: "Paste email ids here – one a line, with commas, from Excel,\nor the JSON reply of the sending endpoint",
    oninput: () => {
      clearTimeout(typing);
      typing = setTimeout(() => {
        if (paste.value.trim()) sender.begin("", new Blob([paste.value]));
        else send("clear-ids");
      }, TYPING_PAUSE);
    },
  });
  const upload = (file) => {
    paste.value = "";
    sender.begin(file.name, file);
  };
  const chooseFile = make("input", {
    type: "file",
    accept: KINDS,
    className: "gone",
    ariaLabel: "File with email ids",
    onchange: () => { if (chooseFile.files.length) upload(chooseFile.files[0]); chooseFile.value = ""; },
  });
  const path = make("input", { type: "text", className: "path", placeholder: "campaign.csv", autocomplete: "off", spellcheck: false });
  const usePath = (purpose) => {
    if (!path.value.trim()) return;
    if (purpose === "ids") paste.value = "";
    send("read-path", { path: path.value.trim(), purpose });
  };
  onEnter(path, () => usePath("ids"));
  const pathLabel = make("label", { className: "inline grow" }, "or a path here ", path);
  const readPath = button("Read it", () => usePath("ids"));
  const sample = button("Take a sample campaign", () => { paste.value = ""; send("take-sample"); });
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
        if (event.dataTransfer.files.length) upload(event.dataTransfer.files[0]);
      },
    },
    heading(3, "2  Email ids"),
    labelled("Email ids 邮件ID", paste),
    make("div", { className: "row" }, button("Upload a file…", () => chooseFile.click()), chooseFile, pathLabel, readPath, sample),
    sent,
    text,
    problem,
    columnRow,
    refused,
  );

  return {
    element,
    receive: {
      next: ({ number, offset }) => sender.next(number, offset),
      state({ ids, connection, running }) {
        for (const each of [pathLabel, readPath]) show(each, !connection.visited);
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
