/** 4. What came of it: headline, filters, charts, and the records themselves. */
function resultsPanel(send, files) {
  const tiles = make("div", { className: "tiles" });
  const hint = make("div", { className: "notices gone", role: "status" });
  const filters = { statuses: [], provider: "", domain: "", text: "" };
  const sendFilters = () => send("filter", filters);
  const provider = make("select", { onchange: () => { filters.provider = provider.value; sendFilters(); } });
  const domainList = make("datalist", { id: `emailrcd-${Math.random().toString(36).slice(2)}` });
  const domain = make("input", { type: "text", list: domainList.id, placeholder: "all", onchange: () => { filters.domain = domain.value.trim().toLowerCase(); sendFilters(); } });
  let searching;
  const search = make("input", {
    type: "search",
    ariaLabel: "Search in the records",
    placeholder: "id, address, error…",
    oninput: () => {
      clearTimeout(searching);
      searching = setTimeout(() => { filters.text = search.value.trim(); sendFilters(); }, TYPING_PAUSE);
    },
  });
  const only = make("div", { className: "row gone" });
  const shown = make("span", { className: "count", role: "status" });
  const clear = button("Show all", () => {
    Object.assign(filters, { statuses: [], provider: "", domain: "", text: "" });
    search.value = domain.value = "";
    sendFilters();
  }, "quiet");
  const zone = make("select", { onchange: () => send("zone", { zone: zone.value }) });
  const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zones = [...new Set(["Asia/Shanghai", "UTC", ownZone])];

  const by = make("select", { ariaLabel: "Breakdown by", onchange: () => send("by", { by: by.value }) });
  const breakdownPicture = make("img", {});
  const breakdownTable = make("div", { className: "scroll" });
  const timelinePicture = make("img", {});
  const timelineProblem = make("p", { className: "note" });
  const breakdownProblem = make("p", { className: "note" });

  const table = make("div", { className: "scroll" });
  const pager = make("span", { className: "count" });
  let page = 0;
  let pages = 1;
  const turn = (to) => send("page", { page: Math.min(Math.max(to, 0), pages - 1) });
  const first = button("« First", () => turn(0), "quiet");
  const previous = button("‹ Previous", () => turn(page - 1), "quiet");
  const next = button("Next ›", () => turn(page + 1), "quiet");
  const last = button("Last »", () => turn(pages - 1), "quiet");

  const exportAs = (suffix) => files.ask("shown", suffix);
  const xlsx = button("XLSX for Excel", () => exportAs(".xlsx"));
  const csv = button("CSV for programs", () => exportAs(".csv"));
  const web = button("Report as web page", () => files.ask("report", ".html"));
  const paper = button("as PDF", () => files.ask("report", ".pdf"));

  const overview = [
    make("section", { ariaLabel: "Result" }, make("h3", {}, "Result"), tiles, hint),
    make(
      "section",
      { ariaLabel: "Filters" },
      make("div", { className: "row" }, make("h3", {}, "Show"), shown, clear),
      only,
      make(
        "div",
        { className: "filters" },
        labelled("Provider", provider),
        labelled("Domain", domain),
        domainList,
        labelled("Search", search),
        labelled("Times in", zone),
      ),
    ),
    make(
      "section",
      { ariaLabel: "Charts" },
      make("div", { className: "row" }, make("h3", {}, "Breakdown"), make("label", { className: "inline" }, "by ", by)),
      framed(breakdownPicture),
      breakdownProblem,
      make("details", {}, make("summary", {}, "The same as numbers"), breakdownTable),
      make("h3", {}, "Over time"),
      framed(timelinePicture),
      timelineProblem,
    ),
  ];
  const records = make(
    "section",
    { ariaLabel: "Records" },
    make("div", { className: "row" }, make("h3", {}, "Records"), make("span", { className: "space" }), first, previous, pager, next, last),
    table,
    make("div", { className: "row" }, make("span", {}, "Take away what is shown:"), xlsx, csv, files.text),
    make("p", { className: "note" }, "Excel rounds long ids when it opens a CSV: use XLSX there. Both files hold full addresses."),
    make("div", { className: "row" }, make("span", {}, "Share, with addresses masked:"), web, paper),
  );

  function toggleStatus(status) {
    filters.statuses = filters.statuses.includes(status) ? filters.statuses.filter((other) => other !== status) : [...filters.statuses, status];
    sendFilters();
  }

  function tile(content) {
    const element = make(
      "button",
      { type: "button", className: `tile${content.chosen ? " chosen" : ""}`, ariaPressed: String(content.chosen), title: "Show these only", onclick: () => toggleStatus(content.status) },
      make("span", { className: "name" }, content.label),
      make("strong", {}, content.count),
      make("span", { className: "note" }, content.share),
    );
    element.style.borderTopColor = content.color;
    return element;
  }

  function rateTile({ rate, sandbox }) {
    const lines = [rate.of, rate.interval, rate.range].map((line) => make("span", { className: "note" }, line));
    const name = sandbox ? "Delivery rate 送达率 · SANDBOX" : "Delivery rate 送达率";
    return make("div", { className: "tile rate" }, make("span", { className: "name" }, name), make("strong", {}, rate.value), ...lines);
  }

  return {
    overview,
    records,
    showResults(content) {
      filters.statuses = content.tiles.filter((each) => each.chosen).map((each) => each.status);
      tiles.replaceChildren(rateTile(content), ...content.tiles.map(tile));
      hint.textContent = content.hint ?? "";
      show(hint, Boolean(content.hint));
      shown.textContent = content.shown;
      show(clear, content.filtered);
      only.replaceChildren(make("span", {}, `Only ${content.only}`), button("Show all records", () => send("behind", { rank: null }), "quiet"));
      show(only, Boolean(content.only));
      const counted = (pairs) => pairs.map(([name, count]) => [name, `${name} (${numbered(count)})`]);
      options(provider, [["", "all"], ...counted(content.providers)], content.provider);
      domainList.replaceChildren(...counted(content.domains).map(([value, text]) => make("option", { value }, text)));
      if (document.activeElement !== domain) domain.value = content.domain;
      if (document.activeElement !== search) search.value = content.text;
      Object.assign(filters, { provider: content.provider, domain: content.domain, text: content.text });
      options(zone, [...new Set([...zones, content.zone])].map((name) => [name, name]), content.zone);
      options(by, content.columns.map((name) => [name, name]), content.by);
      for (const each of [xlsx, csv, web, paper]) each.disabled = content.rows === 0;
    },
    showTable(content) {
      page = content.page;
      pages = content.pages;
      const mark = (row, texts) => { row.children[1].className = `status ${texts[1]}`; };
      const drawn = tableOf([], content.rows, { mark });
      drawn.tHead.rows[0].append(...content.columns.map((column, position) => heading(content, column, position)));
      if (!content.rows.length) drawn.tBodies[0].append(make("tr", {}, make("td", { colSpan: content.columns.length }, "No record meets these filters.")));
      const left = table.scrollLeft;
      table.replaceChildren(drawn);
      table.scrollLeft = left;
      pager.textContent = content.total ? `${numbered(content.first + 1)}–${numbered(content.first + content.rows.length)} of ${numbered(content.total)}` : "0 records";
      first.disabled = previous.disabled = page === 0;
      next.disabled = last.disabled = page >= pages - 1;
    },
    showBreakdown(content, buffers) {
      picture(breakdownPicture, content.alt, buffers);
      const drawn = tableOf(content.columns, content.rows, { className: "numbers" });
      if (content.more) drawn.tBodies[0].append(make("tr", {}, make("td", { colSpan: content.columns.length }, content.more)));
      breakdownTable.replaceChildren(drawn);
      breakdownProblem.textContent = content.problem;
    },
    showTimeline(content, buffers) {
      picture(timelinePicture, content.alt, buffers);
      timelineProblem.textContent = content.problem;
    },
  };

  function heading(content, column, position) {
    const sorted = content.sorted === position;
    const mark = sorted ? (content.descending ? " ▾" : " ▴") : "";
    const times = ["received_at", "submitted_at_estimated", "queried_at"].includes(column.name);
    const turnSort = () => {
      if (sorted && content.descending) send("sort", { column: null, descending: false });
      else send("sort", { column: position, descending: sorted });
    };
    return make(
      "th",
      { ariaSort: sorted ? (content.descending ? "descending" : "ascending") : "none" },
      make("button", { type: "button", title: times ? `Times in ${content.zone}; sort` : "Sort", onclick: turnSort }, column.name + mark),
    );
  }
}
