/** 5. Why did it fail? */
function investigationPanel(send, files) {
  const ask = button("Investigate the failures", () => send("investigate"), "main");
  const said = note();
  const table = make("div", { className: "scroll wrapped findings gone" });
  const lists = make("div", { className: "row gone" });
  const names = { retry: "Send again 重发", correct: "Correct the address 更正", suppress: "Write no more 停发" };
  const element = make(
    "section",
    { ariaLabel: "Investigation" },
    make("div", { className: "row" }, make("h3", {}, "Why did it fail?"), ask, said),
    table,
    lists,
  );

  function row(content, isRest) {
    const bar = make("div", { className: "share" }, make("span", {}, content.share));
    bar.style.setProperty("--share", `${Math.round(100 * content.bar)}%`);
    const mails = button("Show mails", () => send("behind", { rank: content.rank }), "quiet");
    return make(
      "tr",
      { className: isRest ? "rest" : "" },
      make("td", {}, make("strong", {}, content.what), make("div", { className: "note" }, content.evidence)),
      make("td", {}, content.confidence),
      make("td", {}, content.excess, bar),
      make("td", {}, content.next_step),
      make("td", {}, mails),
    );
  }

  return {
    element,
    showInvestigation(content) {
      ask.disabled = content.running;
      const { rows } = content;
      said.textContent = content.running ? "Looking…" : rows.length === 1 ? "Nothing stands out: no hypothesis would be honest." : "";
      if (!content.running && !rows.length) said.textContent = "Ranks what the failures are consistent with. The API itself gives no reasons.";
      const headings = ["What", "How sure", "Failures explained", "What to do next", ""].map((text) => make("th", {}, text));
      const body = rows.map((each, place) => row(each, place === rows.length - 1));
      table.replaceChildren(make("table", {}, make("thead", {}, make("tr", {}, ...headings)), make("tbody", {}, ...body)));
      show(table, rows.length > 0);
      const filled = Object.entries(content.lists).filter(([, count]) => count > 0);
      lists.replaceChildren(
        make("span", {}, "Working lists, with full addresses:"),
        ...filled.map(([name, count]) => button(`${names[name]} (${numbered(count)})`, () => files.ask(name, ".xlsx"))),
      );
      show(lists, filled.length > 0);
    },
  };
}
