import { button, enable, heading, make, note, numbered, redraw, scrolling, show, tableOf } from "./elements.js";
import { SAVED, filePicker } from "./picker.js";

const LISTS = { retry: "Send again 重发", correct: "Correct the address 更正", suppress: "Write no more 停发" };
const HEADINGS = ["What", "How sure", "Failures explained", "What to do next"];
const BEFORE = "Ranks what the failures are consistent with. The API itself gives no reasons.";

/** Of one mail nothing can be compared. */
const SEVERAL = 2;

const NEW = "From now on, “Investigate the failures” leaves out what failed as much then.";

/** The end of an investigation in words; the last row of all is what it cannot explain. */
function found(causes) {
  if (!causes) return "Nothing stands out: no hypothesis would be honest.";
  return causes === 1 ? "One explanation was found." : `${numbered(causes)} explanations were found, the strongest first.`;
}

/** 5. Why did it fail, and what changed? */
export function investigationPanel(send, files, uploads) {
  const title = heading(3, "Why did it fail?");
  const ask = button("Investigate the failures", () => send("investigate"), "main");
  const said = note(BEFORE);
  said.setAttribute("role", "status");
  const table = scrolling("What explains the failures", "wrapped findings gone");
  const lists = make("div", { className: "row gone" });
  const comparing = filePicker(send, uploads, {
    ...SAVED,
    purpose: "before",
    text: "Compare with…",
    fileLabel: "File with saved results to compare with",
    pathLabel: "or a path of saved results",
    act: "Compare",
  });
  const compared = make("div", { className: "compared gone" });
  const element = make(
    "section",
    { ariaLabel: "Investigation" },
    make("div", { className: "row" }, title, ask, said),
    table,
    lists,
    comparing.row,
    comparing.said,
    compared,
  );

  function row(content, isRest) {
    const bar = make("div", { className: "share" }, make("span", {}, content.share));
    bar.style.setProperty("--share", `${Math.round(100 * content.bar)}%`);
    const mails = button("Show mails", () => send("show-mails", { rank: content.rank }), "quiet", `mails ${content.rank}`);
    mails.ariaLabel = `Show mails: ${content.what}`;
    return make(
      "tr",
      { className: isRest ? "rest" : "" },
      make("td", {}, make("strong", {}, content.what), make("div", { className: "note" }, content.evidence), mails),
      make("td", { "data-label": HEADINGS[1] }, content.confidence),
      make("td", { "data-label": HEADINGS[2] }, content.excess, bar),
      make("td", { "data-label": HEADINGS[3] }, content.next_step),
    );
  }

  return {
    element,
    receive: {
      results: ({ total }) => show(element, total >= SEVERAL),
      state: ({ connection }) => comparing.showPath(!connection.visited),
      investigation(content) {
        enable(ask, !content.running);
        title.textContent = content.against ? `Why did it fail, compared with ${content.against}?` : "Why did it fail?";
        const { rows } = content;
        said.textContent = content.running ? "Looking…" : !content.done ? BEFORE : found(rows.length - 1);
        const headings = HEADINGS.map((text) => make("th", { scope: "col" }, text));
        const body = rows.map((each, place) => row(each, place === rows.length - 1));
        redraw(table, make("table", {}, make("thead", {}, make("tr", {}, ...headings)), make("tbody", {}, ...body)));
        show(table, rows.length > 0);
        const filled = Object.entries(content.lists).filter(([, count]) => count > 0);
        redraw(
          lists,
          make("span", {}, "Working lists, with full addresses:"),
          ...filled.map(([name, count]) => button(`${LISTS[name]} (${numbered(count)})`, () => files.ask(name, ".xlsx"))),
        );
        show(lists, filled.length > 0);
      },
      compared(content) {
        const changes = scrolling("What changed");
        changes.append(tableOf(content.columns, content.rows));
        show(changes, content.rows.length > 0);
        const close = button("Close", () => send("drop-comparison"), "quiet");
        redraw(compared, make("div", { className: "row" }, heading(4, `Compared with ${content.label}`), close), make("p", {}, content.text), changes, note(NEW));
        show(compared, Boolean(content.label));
      },
    },
  };
}
