/** 3. The query, and the watch. */
function queryPanel(send) {
  const watch = make("input", { type: "checkbox" });
  const refresh = make("input", { type: "checkbox" });
  const watchLabel = make("label", { className: "inline", title: "Asks again for open mail, with growing pauses, until all is settled, for a day at most" }, watch, "Watch open mail");
  const refreshLabel = make("label", { className: "inline", title: "Settled mail is remembered and not asked again otherwise" }, refresh, "Ask settled mail again");
  const query = button("Query", () => send("query", { watch: watch.checked, refresh: refresh.checked }), "main");
  const cancel = button("Cancel", () => { cancel.disabled = true; text.textContent = "Stopping…"; send("cancel"); });
  const progress = make("progress", { max: 1, value: 0, ariaLabel: "Progress" });
  const text = make("span", { className: "note", role: "status" });
  const problem = make("div", { className: "problem gone", role: "alert" });
  const notices = make("div", { className: "notices gone", role: "status" });
  const watched = make("div", { className: "count", role: "status" });
  const chart = make("img", {});
  const stuck = make("div", {});
  const watching = make("div", { className: "watching gone" }, watched, framed(chart), stuck);
  const element = make(
    "section",
    { ariaLabel: "Query" },
    make("div", { className: "row" }, make("h3", {}, "3  Query"), query, cancel, watchLabel, refreshLabel, progress, text),
    problem,
    notices,
    watching,
  );

  return {
    element,
    showState(state) {
      const { count } = state.ids;
      query.textContent = count ? `Query ${numbered(count)} ${count === 1 ? "id" : "ids"}` : "Query";
      query.disabled = state.running || !count;
      watch.disabled = refresh.disabled = state.running;
      show(refreshLabel, Boolean(state.connection.ledger));
      show(cancel, state.running);
      show(progress, state.running);
      if (!state.running) {
        cancel.disabled = false;
        text.textContent = count ? "" : "Give some ids first.";
        progress.value = 0;
      } else if (!text.textContent || progress.value === 0) text.textContent = "Asking…";
      problem.textContent = state.problem ?? "";
      show(problem, Boolean(state.problem));
      notices.replaceChildren(...state.notices.map((line) => make("p", {}, line)));
      show(notices, state.notices.length > 0);
    },
    showProgress(content) {
      if (cancel.disabled) return;
      if (content.fraction === null) progress.removeAttribute("value");
      else progress.value = content.fraction;
      text.textContent = content.text;
    },
    showWatch(content, buffers) {
      show(watching, Boolean(content.text));
      watched.textContent = content.text;
      if (content.text && !cancel.disabled) text.textContent = "Watching…";
      picture(chart, content.alt, buffers);
      const columns = ["email_id", "status", "to_address", "open for", "what to make of it"];
      const rest = content.more ? [make("p", { className: "note" }, content.more)] : [];
      stuck.replaceChildren(...(content.rows.length ? [make("h3", {}, "Still open, oldest first"), make("div", { className: "scroll wrapped" }, tableOf(columns, content.rows)), ...rest] : []));
    },
  };
}
