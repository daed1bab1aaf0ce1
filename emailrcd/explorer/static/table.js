import { button, enable, heading, make, numbered, redraw, scrolling } from "./elements.js";

const PAGE_ROWS = [20, 50, 100];

/** The records themselves, page by page, and the files to take away. */
export function tablePanel(send, files) {
  const table = scrolling("Records, page by page");
  const pager = make("span", { className: "count" });
  let page = 0;
  let pages = 1;
  const turn = (to) => send("turn-page", { page: Math.min(Math.max(to, 0), pages - 1) });
  const first = button("« First", () => turn(0), "quiet");
  const previous = button("‹ Previous", () => turn(page - 1), "quiet");
  const next = button("Next ›", () => turn(page + 1), "quiet");
  const last = button("Last »", () => turn(pages - 1), "quiet");
  const rowsOnPage = make("select", { ariaLabel: "Records on a page", onchange: () => send("set-page-rows", { rows: Number(rowsOnPage.value) }) });
  rowsOnPage.append(...PAGE_ROWS.map((rows) => make("option", { value: rows }, `${rows} a page`)));
  const columns = make("div", { className: "row", role: "group", ariaLabel: "Columns shown" });
  const chooseColumns = make("details", {}, make("summary", {}, "Columns"), columns);

  const xlsx = button("XLSX for Excel", () => files.ask("shown", ".xlsx"));
  const csv = button("CSV for programs", () => files.ask("shown", ".csv"));
  const web = button("Report as web page", () => files.ask("report", ".html"));
  const paper = button("Report as PDF", () => files.ask("report", ".pdf"));
  const element = make(
    "section",
    { ariaLabel: "Records" },
    make("div", { className: "row" }, heading(3, "Records"), make("span", { className: "space" }), first, previous, pager, next, last, rowsOnPage),
    table,
    chooseColumns,
    make("div", { className: "row" }, make("span", {}, "Take away what is shown:"), xlsx, csv, files.text),
    make("p", { className: "note" }, "Excel rounds long ids when it opens a CSV: use XLSX there. Both files hold full addresses."),
    make("div", { className: "row" }, make("span", {}, "Share, with addresses masked:"), web, paper),
  );

  function columnHeading(content, column) {
    const sorted = content.sorted === column.name;
    const mark = sorted ? (content.descending ? " ▾" : " ▴") : "";
    const turnSort = () => {
      if (sorted && content.descending) send("sort", { column: null, descending: false });
      else send("sort", { column: column.name, descending: sorted });
    };
    const sort = button(column.label + mark, turnSort, "", `sort ${column.name}`);
    sort.title = "Sort";
    return make("th", { scope: "col", ariaSort: sorted ? (content.descending ? "descending" : "ascending") : "none" }, sort);
  }

  function row(content, texts) {
    const cells = content.columns.map(({ name }, place) => {
      const text = texts[place];
      if (name === "email_id" && navigator.clipboard) {
        const copy = button(text, async () => { await navigator.clipboard.writeText(text); files.say(`${text} is on the clipboard.`); }, "id", `id ${text}`);
        copy.title = "Copy this id";
        return make("td", {}, copy);
      }
      return make("td", { title: text, className: name === "status" ? `status ${text}` : "" }, name === "status" ? text.replace("_", " ") : text);
    });
    return make("tr", {}, ...cells);
  }

  return {
    element,
    receive: {
      results: ({ rows }) => { for (const each of [xlsx, csv, web, paper]) enable(each, rows > 0); },
      table(content) {
        ({ page, pages } = content);
        const body = content.rows.map((texts) => row(content, texts));
        if (!body.length) body.push(make("tr", {}, make("td", { colSpan: content.columns.length }, "No record meets these filters.")));
        const headings = content.columns.map((column) => columnHeading(content, column));
        const left = table.scrollLeft;
        redraw(table, make("table", {}, make("thead", {}, make("tr", {}, ...headings)), make("tbody", {}, ...body)));
        table.scrollLeft = left;
        pager.textContent = content.total ? `${numbered(content.first + 1)}–${numbered(content.first + content.rows.length)} of ${numbered(content.total)}` : "0 records";
        for (const each of [first, previous]) enable(each, page > 0);
        for (const each of [next, last]) enable(each, page < pages - 1);
        rowsOnPage.value = content.page_rows;
        const names = content.columns.map(({ name }) => name);
        redraw(columns, ...content.all_columns.filter((name) => name !== "email_id").map((name) => {
          const box = make("input", { type: "checkbox", checked: names.includes(name), key: `column ${name}` });
          box.addEventListener("change", () => send("choose-columns", { names: box.checked ? [...names, name] : names.filter((other) => other !== name) }));
          return make("label", { className: "inline" }, box, name);
        }));
      },
    },
  };
}
