import { button, complain, enable, heading, make, note, numbered, problemBox, redraw, scrolling, show, tableOf } from "./elements.js";

const OPEN = ["Email id 邮件ID", "Status", "Address", "Open for", "What to make of it"];

/** The mail that is still open, oldest first; nothing where there is none. */
export function openMail({ rows, more }) {
  if (!rows.length) return [];
  const table = scrolling("Mail that is still open", "wrapped");
  table.append(tableOf(OPEN, rows));
  return [table, note(more)];
}

/** 3. The query, and the watch. */
export function queryPanel(send, openChart) {
  const watch = make("input", { type: "checkbox" });
  const refresh = make("input", { type: "checkbox" });
  const watchLabel = make("label", { className: "inline", title: "Asks again for open mail, with growing pauses, until all is settled, for a day at most" }, watch, "Watch open mail");
  const refreshLabel = make("label", { className: "inline", title: "Settled mail is remembered and not asked again otherwise" }, refresh, "Ask settled mail again");
  const start = (anyway) => send("start-query", { watch: watch.checked, refresh: refresh.checked, anyway });
  const query = button("Query", () => start(false), "main");
  const cancel = button("Cancel", () => { stopping = true; enable(cancel, false); say("Stopping…"); send("cancel"); });
  const anyway = button("Query anyway", () => start(true));
  const goBack = button("Go back", () => send("go-back"));
  const question = make("p", { role: "alert" });
  const confirming = make("div", { className: "notices gone", role: "group", ariaLabel: "Before the query" }, question, make("div", { className: "row" }, anyway, goBack));
  const goOn = button("Go on", () => send("go-on"));
  const progress = make("progress", { max: 1, value: 0, ariaLabel: "Progress" });
  const text = make("span", { className: "outcome", role: "status" });
  const problem = problemBox();
  const notices = make("div", { className: "notices gone", role: "status" });
  const watched = make("div", { className: "count", role: "status" });
  const stuck = make("div", {});
  const watching = make("div", { className: "watching gone" }, watched, openChart.element, stuck);
  let stopping = false;
  let running = false;
  const say = (words) => { if (text.textContent !== words) text.textContent = words; };
  const element = make(
    "section",
    { ariaLabel: "Query" },
    heading(3, "3  Query"),
    make("div", { className: "row" }, query, cancel, goOn, watchLabel, refreshLabel, progress),
    confirming,
    text,
    problem,
    notices,
    watching,
  );
  /** Buttons come and go; the focus goes to the one that is there. */
  const hand = (from, to) => { if (document.activeElement === from) to.focus(); };

  return {
    element,
    isRunning: () => running,
    receive: {
      state(state) {
        const { count } = state.ids;
        const began = state.running && !running;
        running = state.running;
        query.textContent = count ? `Query ${numbered(count)} ${count === 1 ? "id" : "ids"}` : "Query";
        enable(query, !running && count > 0);
        for (const each of [watch, refresh]) enable(each, !running);
        show(refreshLabel, Boolean(state.connection.ledger));
        show(cancel, running);
        show(progress, running);
        show(goOn, !running && state.unfinished > 0);
        goOn.textContent = `Go on with ${numbered(state.unfinished)}`;
        if (running) {
          for (const each of [query, goOn]) hand(each, cancel);
          if (began) { stopping = false; show(watching, false); say("Asking…"); }
        } else {
          hand(cancel, state.unfinished > 0 ? goOn : query);
          enable(cancel, true);
          progress.value = 0;
          say(state.status || (count || state.problem ? "" : "Give some ids first."));
        }
        const asked = state.ids.question;
        if (question.textContent !== asked) question.textContent = asked;
        show(confirming, Boolean(asked));
        if (asked) hand(query, goBack);
        else for (const each of [anyway, goBack]) hand(each, running ? cancel : query);
        if (complain(problem, state.problem)) problem.scrollIntoView({ block: "nearest" });
        notices.replaceChildren(...state.notices.map((line) => make("p", {}, line)));
        show(notices, state.notices.length > 0);
      },
      progress(content) {
        if (stopping) return;
        if (content.fraction === null) progress.removeAttribute("value");
        else progress.value = content.fraction;
        say(content.text);
      },
      watched(content) {
        show(watching, true);
        watched.textContent = content.text;
        if (running && !stopping) say("Watching…");
        const open = openMail(content);
        redraw(stuck, ...(open.length ? [heading(4, "Still open, oldest first"), ...open] : []));
      },
    },
  };
}
