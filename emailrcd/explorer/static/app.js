import { Receiver, Sender } from "./transfer.js";
import { KEY, complain, heading, make, problemBox, show, strict } from "./elements.js";
import { cardsPanel } from "./cards.js";
import { chartView, chartsPanel } from "./charts.js";
import { connectionPanel } from "./connection.js";
import { filtersPanel } from "./filters.js";
import { headlinePanel } from "./headline.js";
import { intakePanel } from "./intake.js";
import { investigationPanel } from "./investigation.js";
import { ledgerPanel } from "./ledger.js";
import { queryPanel } from "./query.js";
import { keepStill } from "./still.js";
import { tablePanel } from "./table.js";

const SILENCE = 15_000;
const SILENT = "The kernel does not answer: it is busy, or gone. If this stays, run the cell again.";
const SILENT_TO_VISITORS = "There is no answer: the session is busy, or has ended. If this stays, load the page again.";
const KEYS = ["keydown", "keypress", "keyup"];

/** Files on their way to the browser's downloads. */
function filesFor(send) {
  const text = make("span", { className: "note", role: "status" });
  const say = (words) => { text.textContent = words; };
  const receiver = new Receiver(send, (name) => say(`${name} is in your downloads.`));
  return {
    text,
    say,
    ask(what, suffix) {
      say("Preparing the file…");
      send("export", { what, suffix });
    },
    receive: {
      state: ({ problem }) => { if (problem) say(""); },
      "file-ready": ({ number, name, size }) => receiver.begin(number, name, size),
      "file-chunk": ({ number, offset }, [chunk]) => receiver.take(number, offset, chunk),
    },
  };
}

function render({ model, el }) {
  let silence;
  let visited = false;
  const silent = problemBox();
  const broken = problemBox();
  const send = (type, content = {}, buffers = undefined) => {
    clearTimeout(silence);
    silence = setTimeout(() => complain(silent, visited ? SILENT_TO_VISITORS : SILENT), SILENCE);
    model.send({ type, ...content }, undefined, buffers);
  };
  const badge = make("span", { className: "sandbox gone", title: "These answers come from the built-in sandbox" }, "SANDBOX");
  const files = filesFor(send);
  const uploads = new Sender(send);
  const openChart = chartView("Open mail over time");
  const connection = connectionPanel(send);
  const intake = intakePanel(send, uploads);
  const query = queryPanel(send, openChart);
  const cards = cardsPanel();
  const filters = filtersPanel(send);
  const headline = headlinePanel(send);
  const charts = chartsPanel(send);
  const investigation = investigationPanel(send, files, uploads);
  const table = tablePanel(send, files);
  const ledger = ledgerPanel(send, uploads);
  const below = make(
    "div",
    { className: "results gone" },
    cards.element,
    headline.element,
    filters.element,
    charts.element,
    investigation.element,
    table.element,
  );
  const own = {
    receive: {
      // Whatever comes ends the silence; this comes where the answer takes a while.
      heard() {},
      state(content) {
        ({ visited } = content.connection);
        show(badge, content.sandbox);
      },
      "last-result": (content) => keepStill(content, model.widget_manager?.context?.model),
      next: ({ number, offset }) => uploads.next(number, offset),
      results({ fresh }) {
        show(below, true);
        const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
        if (fresh && !still) query.element.scrollIntoView({ behavior: "smooth", block: "start" });
      },
      chart: (content) => { if (content.name === "open") openChart.draw(content); },
    },
  };
  const panels = [own, files, connection, intake, query, cards, filters, headline, charts, investigation, table, ledger];

  const receive = (content, buffers) => {
    clearTimeout(silence);
    complain(silent, "");
    try {
      for (const panel of panels) if (Object.hasOwn(panel.receive, content.type)) panel.receive[content.type](strict(content), buffers);
    } catch (error) {
      complain(broken, `This page does not fit the app it talks to (${error.message}). Load the page again, or run the cell again.`);
    }
  };
  const ask = (event) => { if (visited && query.isRunning()) event.preventDefault(); };
  // A notebook takes keys for commands: "d d" deletes the cell, arrows leave it. Some listen before the page itself does.
  const keep = (event) => {
    if (!el.contains(event.target)) return;
    event.stopImmediatePropagation();
    if (event.type === "keydown") event.target.dispatchEvent(new CustomEvent(KEY, { bubbles: true, detail: event }));
  };
  model.on("msg:custom", receive);
  window.addEventListener("beforeunload", ask);
  for (const name of KEYS) window.addEventListener(name, keep, true);

  el.classList.add("emailrcd");
  el.append(
    make("header", {}, heading(2, "What became of the mail?"), badge),
    silent,
    broken,
    make("div", { className: "steps" }, connection.element, intake.element),
    connection.checked,
    query.element,
    ledger.element,
    below,
  );
  send("ready");
  return () => {
    clearTimeout(silence);
    model.off("msg:custom", receive);
    window.removeEventListener("beforeunload", ask);
    for (const name of KEYS) window.removeEventListener(name, keep, true);
  };
}

export default { render };
