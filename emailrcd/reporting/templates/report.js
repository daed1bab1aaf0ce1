// The list of mails: search, sort, pages. Texts are set as text, never as markup.
"use strict";

const PAGE_ROWS = 50;
const data = document.getElementById("data");

if (data) {
  const { columns, rows } = JSON.parse(data.textContent);
  const byId = (id) => document.getElementById(id);
  const heads = byId("table").tHead.rows[0];
  const body = byId("table").tBodies[0];
  const words = rows.map((row) => row.join("\n").toLowerCase());
  const order = new Intl.Collator(undefined, { numeric: true });
  const state = { found: rows.map((_, place) => place), column: null, down: false, page: 0 };

  const select = () => {
    const wanted = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    state.found = rows.map((_, place) => place).filter((place) => wanted.every((word) => words[place].includes(word)));
    state.page = 0;
    sort();
  };

  const sort = () => {
    const at = state.column;
    if (at !== null) {
      const way = state.down ? -1 : 1;
      // Empty cells come last either way.
      state.found.sort((one, other) => {
        const [a, b] = [rows[one][at], rows[other][at]];
        return !a || !b ? (a ? -1 : b ? 1 : one - other) : way * order.compare(a, b) || one - other;
      });
    }
    show();
  };

  const cell = (text, key) => {
    const made = document.createElement("td");
    made.textContent = text;
    if (key === "email_id" || key === "status") made.className = key;
    if (key === "status") made.dataset.status = text;
    return made;
  };

  const show = () => {
    const pages = Math.max(1, Math.ceil(state.found.length / PAGE_ROWS));
    state.page = Math.min(Math.max(state.page, 0), pages - 1);
    const first = state.page * PAGE_ROWS;
    const part = state.found.slice(first, first + PAGE_ROWS);
    body.replaceChildren(
      ...part.map((place) => {
        const line = document.createElement("tr");
        line.append(...rows[place].map((text, at) => cell(text, columns[at].key)));
        return line;
      }),
    );
    const number = (value) => value.toLocaleString("en");
    byId("found").textContent = state.found.length
      ? `${number(first + 1)}–${number(first + part.length)} of ${number(state.found.length)}`
      : "none found";
    byId("back").disabled = state.page === 0;
    byId("on").disabled = state.page >= pages - 1;
    for (const [at, head] of [...heads.cells].entries()) {
      head.setAttribute("aria-sort", at !== state.column ? "none" : state.down ? "descending" : "ascending");
    }
  };

  columns.forEach((column, at) => {
    const head = document.createElement("th");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = column.name;
    button.addEventListener("click", () => {
      state.down = state.column === at && !state.down;
      state.column = at;
      state.page = 0;
      sort();
    });
    head.append(button);
    heads.append(head);
  });

  byId("search").addEventListener("input", select);
  for (const [id, step] of [["back", -1], ["on", 1]]) {
    byId(id).addEventListener("click", () => {
      state.page += step;
      show();
    });
  }
  byId("list").hidden = false;
  byId("printed").classList.add("print-only");
  show();
}
