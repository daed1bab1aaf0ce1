import { button, make, onEnter, show } from "./elements.js";

/** A file to be read: uploaded or, where the page is not a visitor's, named by its path on the machine that JupyterLab runs on. */
export function filePicker(send, uploads, { purpose, text, kinds, fileLabel, pathLabel, placeholder, act, chosen = () => {} }) {
  const said = make("span", { className: "note", role: "status" });
  const say = (words) => { said.textContent = words; };
  const upload = (file) => {
    chosen();
    uploads.begin(file.name, file, purpose, say);
  };
  const file = make("input", {
    type: "file",
    accept: kinds,
    className: "gone",
    ariaLabel: fileLabel,
    onchange: () => {
      if (file.files.length) upload(file.files[0]);
      file.value = "";
    },
  });
  const path = make("input", { type: "text", placeholder, autocomplete: "off", spellcheck: false });
  const read = () => {
    if (!path.value.trim()) return;
    chosen();
    send("read-path", { path: path.value.trim(), purpose });
  };
  onEnter(path, read);
  const byPath = [make("label", { className: "inline grow" }, `${pathLabel} `, path), button(act, read)];
  const row = make("div", { className: "row" }, button(text, () => file.click()), file, ...byPath);
  return {
    row,
    said,
    say,
    upload,
    showPath: (visible) => { for (const each of byPath) show(each, visible); },
  };
}

/** For results that were saved. */
export const SAVED = { kinds: ".parquet,.csv,.xlsx,.jsonl", placeholder: "monday.parquet, answers/, history.sqlite" };
