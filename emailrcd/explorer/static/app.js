// The view of the app. It keeps no data: what it shows comes as messages, what is typed leaves as messages.

const PIECE = 1024 * 1024;
const TYPING_PAUSE = 300;
const SILENCE = 15_000;

/** Make an element. Text is always set as text, never as HTML. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

const labelled = (text, control) => make("label", { className: "field" }, make("span", {}, text), control);
const button = (text, onclick, className = "") => make("button", { type: "button", className, onclick }, text);
const show = (element, visible) => element.classList.toggle("gone", !visible);

function options(select, pairs, chosen) {
  select.replaceChildren(...pairs.map(([value, text]) => make("option", { value }, text)));
  select.value = chosen;
}

/** Sends files and pasted text in pieces, each when the kernel asks for it. */
class Sender {
  constructor(model, progressed, failed) {
    this.model = model;
    this.progressed = progressed;
    this.failed = failed;
    this.number = 0;
  }

  begin(name, blob) {
    this.number = Math.max(this.number + 1, Date.now());
    this.name = name;
    this.listen();
    this.blob = blob;
    this.progressed(name, 0, blob.size);
    this.model.send({ type: "upload", number: this.number, name, size: blob.size });
  }

  /** Say so when the kernel is silent for long; it goes on if it answers after all. */
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.failed("The kernel does not answer: it is busy, or gone. Restart it and run the cell again if this stays."), SILENCE);
  }

  end() {
    clearTimeout(this.silence);
    this.blob = null;
  }

  async next(number, offset) {
    if (number !== this.number || !this.blob) return;
    this.listen();
    this.progressed(this.name, offset, this.blob.size);
    if (offset >= this.blob.size && this.blob.size > 0) {
      this.end();
      return;
    }
    let piece;
    try {
      piece = await this.blob.slice(offset, offset + PIECE).arrayBuffer();
    } catch {
      this.end();
      this.failed(`${this.name} could not be read by the browser. Choose it again, or name its path.`);
      return;
    }
    if (number !== this.number) return;
    this.model.send({ type: "piece", number, offset }, undefined, [piece]);
  }
}

/** Asks for a file in pieces and hands it to the browser's downloads. */
class Receiver {
  constructor(model, finished) {
    this.model = model;
    this.finished = finished;
  }

  begin(name, size) {
    this.name = name;
    this.size = size;
    this.pieces = [];
    this.received = 0;
    this.model.send({ type: "download", offset: 0 });
  }

  take(offset, buffer) {
    if (offset !== this.received) return;
    this.pieces.push(buffer);
    this.received += buffer.byteLength;
    if (this.received < this.size) {
      this.model.send({ type: "download", offset: this.received });
      return;
    }
    const url = URL.createObjectURL(new Blob(this.pieces));
    const link = make("a", { href: url, download: this.name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    this.pieces = [];
    this.finished(this.name);
  }
}

function render({ model, el }) {
  const send = (type, content = {}) => model.send({ type, ...content });

  // 0. What must be said.
  const badge = make("span", { className: "sandbox gone", title: "These answers come from the built-in sandbox" }, "SANDBOX");
  const problem = make("div", { className: "problem gone", role: "alert" });
  const notices = make("div", { className: "notices gone", role: "status" });

  // 1. Whom to ask.
  const group = `emailrcd-${Math.random().toString(36).slice(2)}`;
  const radio = (value) => make("input", { type: "radio", name: group, value, onchange: () => send("source", { source: value }) });
  const sandboxRadio = radio("sandbox");
  const apiRadio = radio("api");
  const choice = make(
    "div",
    { className: "row", role: "radiogroup", ariaLabel: "Whom to ask" },
    make("label", { className: "choice" }, sandboxRadio, "Sandbox – no account needed"),
    make("label", { className: "choice" }, apiRadio, "Real API – with your credentials"),
  );
  const plain = (placeholder = "") => make("input", { type: "text", placeholder, autocomplete: "off", spellcheck: false });
  const secret = () => make("input", { type: "password", autocomplete: "new-password", spellcheck: false });
  const appId = plain();
  const apiKey = secret();
  const apiSecret = secret();
  const baseUrl = plain();
  const secrets = [appId, apiKey, apiSecret];
  const use = button("Use these credentials", () => {
    send("credentials", { app_id: appId.value, api_key: apiKey.value, api_secret: apiSecret.value, base_url: baseUrl.value });
    apiKey.value = apiSecret.value = "";
  });
  const form = make(
    "form",
    { className: "credentials", onsubmit: (event) => { event.preventDefault(); use.click(); } },
    labelled("App id", appId),
    labelled("API key", apiKey),
    labelled("API secret", apiSecret),
    labelled("Base URL", baseUrl),
    use,
  );
  const heldNote = make("span", { className: "note" });
  const heldWarning = make("span", { className: "warn" });
  const change = button("Use others", () => { show(form, true); appId.focus(); }, "quiet");
  const rate = make("input", { type: "number", min: 1, max: 1000, step: 1, className: "short", onchange: () => send("rate", { rate: Number(rate.value) || null }) });
  const rateField = labelled("Calls a second, at most", rate);
  const sourceCard = make(
    "section",
    { ariaLabel: "Whom to ask" },
    make("h3", {}, "1  Whom to ask"),
    choice,
    make("div", { className: "row" }, heldNote, heldWarning, change),
    form,
    rateField,
  );

  // 2. Ids.
  const sentText = make("span", { className: "note", role: "status" });
  const sender = new Sender(
    model,
    (name, done, size) => { sentText.textContent = name && done < size ? `Uploading ${name}: ${Math.round((100 * done) / size)} %` : ""; },
    (why) => { sentText.textContent = why; },
  );
  let typing;
  const paste = make("textarea", {
    rows: 5,
    spellcheck: false,
    placeholder: "Paste email ids here – one a line, or with commas, from Excel, or the JSON reply of the sending endpoint",
    oninput: () => {
      clearTimeout(typing);
      typing = setTimeout(() => {
        if (paste.value.trim()) sender.begin("", new Blob([paste.value]));
        else send("clear");
      }, TYPING_PAUSE);
    },
  });
  const chooseFile = make("input", {
    type: "file",
    accept: ".txt,.csv,.tsv,.xlsx,.json,.jsonl,.ndjson,.parquet",
    className: "gone",
    ariaLabel: "File with email ids",
    onchange: () => { if (chooseFile.files.length) upload(chooseFile.files[0]); chooseFile.value = ""; },
  });
  function upload(file) {
    paste.value = "";
    sender.begin(file.name, file);
  }
  const path = plain("campaign.csv");
  path.className = "path";
  const usePath = () => { if (path.value.trim()) { paste.value = ""; send("path", { path: path.value.trim() }); } };
  path.addEventListener("keydown", (event) => { if (event.key === "Enter") usePath(); });
  const sample = button("Take a sample campaign", () => { paste.value = ""; send("sample"); });
  const idsText = make("div", { className: "count", role: "status" });
  const idsProblem = make("div", { className: "problem gone", role: "alert" });
  const idsRefused = make("ul", { className: "refused gone" });
  const idColumn = make("select", { ariaLabel: "Id column", onchange: () => { if (idColumn.value) send("column", { column: idColumn.value }); } });
  const idColumnRow = make("label", { className: "inline gone" }, "The email ids are in the column ", idColumn);
  const idsCard = make(
    "section",
    {
      ariaLabel: "Email ids",
      ondragover: (event) => { event.preventDefault(); event.stopPropagation(); idsCard.classList.add("over"); },
      ondragleave: () => idsCard.classList.remove("over"),
      ondrop: (event) => {
        event.preventDefault();
        event.stopPropagation();
        idsCard.classList.remove("over");
        if (event.dataTransfer.files.length) upload(event.dataTransfer.files[0]);
      },
    },
    make("h3", {}, "2  Email ids"),
    labelled("Email ids 邮件ID", paste),
    make(
      "div",
      { className: "row" },
      button("Upload a file…", () => chooseFile.click()),
      chooseFile,
      make("label", { className: "inline grow" }, "or a path here ", path),
      button("Read it", usePath),
      sample,
    ),
    sentText,
    idsText,
    idsProblem,
    idColumnRow,
    idsRefused,
  );

  // 3. The query.
  const query = button("Query", () => send("query"), "main");
  const cancel = button("Cancel", () => { cancel.disabled = true; progressText.textContent = "Stopping…"; send("cancel"); });
  const progress = make("progress", { max: 1, value: 0, ariaLabel: "Progress" });
  const progressText = make("span", { className: "note", role: "status" });
  const queryCard = make(
    "section",
    { ariaLabel: "Query" },
    make("div", { className: "row" }, make("h3", {}, "3  Query"), query, cancel, progress, progressText),
    problem,
    notices,
  );

  // 4. What came of it.
  const tiles = make("div", { className: "tiles" });
  const hint = make("div", { className: "notices gone", role: "status" });
  const filters = { statuses: [], provider: "", domain: "", text: "" };
  const sendFilters = () => send("filter", filters);
  const provider = make("select", { onchange: () => { filters.provider = provider.value; sendFilters(); } });
  const domainList = make("datalist", { id: `${group}-domains` });
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

  const table = make("div", { className: "scroll" });
  const pager = make("span", { className: "count" });
  let page = 0;
  let pages = 1;
  const turn = (to) => send("page", { page: Math.min(Math.max(to, 0), pages - 1) });
  const first = button("« First", () => turn(0), "quiet");
  const previous = button("‹ Previous", () => turn(page - 1), "quiet");
  const next = button("Next ›", () => turn(page + 1), "quiet");
  const last = button("Last »", () => turn(pages - 1), "quiet");

  const exportText = make("span", { className: "note", role: "status" });
  const receiver = new Receiver(model, (name) => { exportText.textContent = `${name} is in your downloads.`; });
  const exportAs = (suffix) => { exportText.textContent = "Preparing the file…"; send("export", { suffix }); };
  const xlsx = button("XLSX for Excel", () => exportAs(".xlsx"));
  const csv = button("CSV for programs", () => exportAs(".csv"));

  const results = make(
    "div",
    { className: "results gone" },
    make("section", { ariaLabel: "Result" }, make("h3", {}, "Result"), tiles, hint),
    make(
      "section",
      { ariaLabel: "Filters" },
      make("div", { className: "row" }, make("h3", {}, "Show"), shown, clear),
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
      breakdownPicture,
      make("details", {}, make("summary", {}, "The same as numbers"), breakdownTable),
      make("h3", {}, "Over time"),
      timelinePicture,
      timelineProblem,
    ),
    make(
      "section",
      { ariaLabel: "Records" },
      make("div", { className: "row" }, make("h3", {}, "Records"), make("span", { className: "space" }), first, previous, pager, next, last),
      table,
      make("div", { className: "row" }, make("span", {}, "Take away what is shown:"), xlsx, csv, exportText),
      make("p", { className: "note" }, "Excel rounds long ids when it opens a CSV: use XLSX there. Both files hold full addresses."),
    ),
  );

  // Messages of the kernel.

  function showState(state) {
    const api = state.source === "api";
    sandboxRadio.checked = state.source === "sandbox";
    apiRadio.checked = api;
    show(choice, state.source !== "given");
    show(badge, state.source === "sandbox");
    heldNote.textContent = state.source === "given" ? "Asking through the client given to this app." : state.source === "sandbox" ? "A local world of made-up mail answers; nothing leaves this machine." : state.credentials.note;
    heldWarning.textContent = state.credentials.warning || "";
    show(form, api && !state.credentials.held);
    show(change, api && state.credentials.held);
    show(rateField, api);
    if (document.activeElement !== rate) rate.value = state.rate ?? "";
    if (!baseUrl.value) baseUrl.value = state.credentials.base_url;
    show(sample, state.source === "sandbox");

    const ids = state.ids;
    idsText.textContent = ids.text;
    idsProblem.textContent = ids.problem ?? "";
    show(idsProblem, Boolean(ids.problem));
    options(idColumn, [["", "choose…"], ...ids.columns.map((name) => [name, name])], "");
    show(idColumnRow, ids.columns.length > 0);
    const refused = [...ids.refused, ...(ids.more ? [`and ${ids.more.toLocaleString("en")} more`] : []), ...ids.notices];
    idsRefused.replaceChildren(...refused.map((text) => make("li", {}, text)));
    show(idsRefused, refused.length > 0);

    query.textContent = ids.count ? `Query ${ids.count.toLocaleString("en")} ids` : "Query";
    query.disabled = state.running || !ids.count;
    show(cancel, state.running);
    show(progress, state.running);
    if (!state.running) {
      cancel.disabled = false;
      progressText.textContent = ids.count ? "" : "Give some ids first.";
      progress.value = 0;
    } else if (!progressText.textContent || progress.value === 0) progressText.textContent = "Asking…";
    for (const control of [sandboxRadio, apiRadio, use, change, sample, rate]) control.disabled = state.running;
    problem.textContent = state.problem ?? "";
    show(problem, Boolean(state.problem));
    if (state.problem) exportText.textContent = "";
    notices.replaceChildren(...state.notices.map((text) => make("p", {}, text)));
    show(notices, state.notices.length > 0);
  }

  function showProgress(content) {
    if (cancel.disabled) return;
    if (content.fraction === null) progress.removeAttribute("value");
    else progress.value = content.fraction;
    progressText.textContent = content.text;
  }

  function toggleStatus(status) {
    filters.statuses = filters.statuses.includes(status) ? filters.statuses.filter((other) => other !== status) : [...filters.statuses, status];
    sendFilters();
  }

  function showResults(content) {
    show(results, true);
    show(badge, content.sandbox || sandboxRadio.checked);
    filters.statuses = content.tiles.filter((tile) => tile.chosen).map((tile) => tile.status);
    const rateTile = make(
      "div",
      { className: "tile rate" },
      make("span", { className: "name" }, content.sandbox ? "Delivery rate 送达率 · SANDBOX" : "Delivery rate 送达率"),
      make("strong", {}, content.rate.value),
      make("span", { className: "note" }, content.rate.of),
      make("span", { className: "note" }, content.rate.interval),
      make("span", { className: "note" }, content.rate.range),
    );
    tiles.replaceChildren(
      rateTile,
      ...content.tiles.map((tile) => {
        const element = make(
          "button",
          { type: "button", className: `tile${tile.chosen ? " chosen" : ""}`, ariaPressed: String(tile.chosen), title: "Show these only", onclick: () => toggleStatus(tile.status) },
          make("span", { className: "name" }, tile.label),
          make("strong", {}, tile.count),
          make("span", { className: "note" }, tile.share),
        );
        element.style.borderTopColor = tile.color;
        return element;
      }),
    );
    hint.textContent = content.hint ?? "";
    show(hint, Boolean(content.hint));
    shown.textContent = content.shown;
    show(clear, content.filtered);
    const counted = (pairs) => pairs.map(([name, count]) => [name, `${name} (${count.toLocaleString("en")})`]);
    options(provider, [["", "all"], ...counted(content.providers)], content.provider);
    domainList.replaceChildren(...counted(content.domains).map(([value, text]) => make("option", { value }, text)));
    if (document.activeElement !== domain) domain.value = content.domain;
    if (document.activeElement !== search) search.value = content.text;
    Object.assign(filters, { provider: content.provider, domain: content.domain, text: content.text });
    options(zone, [...new Set([...zones, content.zone])].map((name) => [name, name]), content.zone);
    options(by, content.columns.map((name) => [name, name]), content.by);
    xlsx.disabled = csv.disabled = content.rows === 0;
  }

  function cellsOf(tag, texts) {
    return texts.map((text) => make(tag, { title: text }, text));
  }

  function showTable(content) {
    page = content.page;
    pages = content.pages;
    const head = content.columns.map((column, position) => {
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
    });
    const rows = content.rows.map((row) => {
      const element = make("tr", {}, ...cellsOf("td", row));
      element.children[1].className = `status ${row[1]}`;
      return element;
    });
    if (!rows.length) rows.push(make("tr", {}, make("td", { colSpan: head.length }, "No record meets these filters.")));
    const left = table.scrollLeft;
    table.replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
    table.scrollLeft = left;
    const number = (value) => value.toLocaleString("en");
    pager.textContent = content.total ? `${number(content.first + 1)}–${number(content.first + content.rows.length)} of ${number(content.total)}` : "0 records";
    first.disabled = previous.disabled = page === 0;
    next.disabled = last.disabled = page >= pages - 1;
  }

  function picture(image, content, buffers) {
    if (image.src) URL.revokeObjectURL(image.src);
    show(image, buffers.length > 0);
    image.alt = content.alt;
    if (buffers.length) image.src = URL.createObjectURL(new Blob([buffers[0]], { type: "image/png" }));
  }

  function showBreakdown(content, buffers) {
    picture(breakdownPicture, content, buffers);
    const rows = content.rows.map((row) => make("tr", {}, ...cellsOf("td", row)));
    if (content.more) rows.push(make("tr", {}, make("td", { colSpan: content.columns.length }, content.more)));
    breakdownTable.replaceChildren(
      make("table", { className: "numbers" }, make("thead", {}, make("tr", {}, ...cellsOf("th", content.columns))), make("tbody", {}, ...rows)),
    );
  }

  function showTimeline(content, buffers) {
    picture(timelinePicture, content, buffers);
    timelineProblem.textContent = content.problem ?? "";
  }

  const receive = (content, buffers) => {
    switch (content.type) {
      case "state": return showState(content);
      case "progress": return showProgress(content);
      case "results": return showResults(content);
      case "table": return showTable(content);
      case "breakdown": return showBreakdown(content, buffers);
      case "timeline": return showTimeline(content, buffers);
      case "next": return sender.next(content.number, content.offset);
      case "file": return receiver.begin(content.name, content.size);
      case "file-piece": return receiver.take(content.offset, buffers[0]);
      case "credentials-held": secrets.forEach((field) => { field.value = ""; }); return undefined;
      default: return undefined;
    }
  };
  model.on("msg:custom", receive);

  el.classList.add("emailrcd");
  el.append(
    make("header", {}, make("h2", {}, "What became of the mail?"), badge),
    make("div", { className: "steps" }, sourceCard, idsCard),
    queryCard,
    results,
  );
  send("ready");
  return () => model.off("msg:custom", receive);
}

export default { render };
