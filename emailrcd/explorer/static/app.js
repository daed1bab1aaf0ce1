const SILENCE = 15_000;

function render({ model, el }) {
  const silent = make("div", { className: "problem gone", role: "alert" }, "The kernel does not answer: it is busy, or gone. If this stays, run the cell again.");
  const silentToVisitor = "There is no answer: the session is busy, or has ended. If this stays, load the page again; the results of this visit are lost then.";
  let silence;
  const send = (type, content = {}, buffers = undefined) => {
    clearTimeout(silence);
    silence = setTimeout(() => show(silent, true), SILENCE);
    model.send({ type, ...content }, undefined, buffers);
  };
  const badge = make("span", { className: "sandbox gone", title: "These answers come from the built-in sandbox" }, "SANDBOX");

  const filesText = make("span", { className: "note", role: "status" });
  const receiver = new Receiver(send, (name) => { filesText.textContent = `${name} is in your downloads.`; });
  const files = {
    text: filesText,
    ask(what, suffix) {
      filesText.textContent = "Preparing the file…";
      send("export", { what, suffix });
    },
  };

  const connection = connectionPanel(send);
  const intake = intakePanel(send);
  const query = queryPanel(send);
  const results = resultsPanel(send, files);
  const investigation = investigationPanel(send, files);
  const below = make("div", { className: "results gone" }, ...results.overview, investigation.element, results.records);
  let answered = false;

  const receive = (content, buffers) => {
    clearTimeout(silence);
    show(silent, false);
    switch (content.type) {
      case "state":
        if (content.connection.visited) silent.textContent = silentToVisitor;
        if (!answered) show(badge, content.connection.source === "sandbox");
        for (const panel of [connection, intake, query]) panel.showState(content);
        if (content.problem) filesText.textContent = "";
        return undefined;
      case "results":
        answered = true;
        show(below, true);
        show(badge, content.sandbox);
        return results.showResults(content);
      case "table": return results.showTable(content);
      case "breakdown": return results.showBreakdown(content, buffers);
      case "timeline": return results.showTimeline(content, buffers);
      case "progress": return query.showProgress(content);
      case "watch": return query.showWatch(content, buffers);
      case "investigation": return investigation.showInvestigation(content);
      case "checkup": return connection.showCheckup(content);
      case "credentials": return connection.showRefusal(content);
      case "next": return intake.sender.next(content.number, content.offset);
      case "file": return receiver.begin(content.number, content.name, content.size);
      case "file-piece": return receiver.take(content.number, content.offset, buffers[0]);
      default: return undefined;
    }
  };
  model.on("msg:custom", receive);

  el.classList.add("emailrcd");
  el.append(
    make("header", {}, make("h2", {}, "What became of the mail?"), badge),
    silent,
    make("div", { className: "steps" }, connection.element, intake.element),
    connection.checked,
    query.element,
    below,
  );
  investigation.showInvestigation({ running: false, rows: [], lists: {} });
  send("ready");
  return () => {
    clearTimeout(silence);
    model.off("msg:custom", receive);
  };
}

export default { render };
