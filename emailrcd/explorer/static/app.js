function render({ model, el }) {
  const send = (type, content = {}) => model.send({ type, ...content });
  const badge = make("span", { className: "sandbox gone", title: "These answers come from the built-in sandbox" }, "SANDBOX");

  const filesText = make("span", { className: "note", role: "status" });
  const receiver = new Receiver(model, (name) => { filesText.textContent = `${name} is in your downloads.`; });
  const files = {
    text: filesText,
    ask(what, suffix) {
      filesText.textContent = "Preparing the file…";
      send("export", { what, suffix });
    },
  };

  const connection = connectionPanel(send);
  const intake = intakePanel(send, model);
  const query = queryPanel(send);
  const results = resultsPanel(send, files);
  const investigation = investigationPanel(send, files);
  const below = make("div", { className: "results gone" }, ...results.overview, investigation.element, results.records);
  let sandboxAsked = false;

  const receive = (content, buffers) => {
    switch (content.type) {
      case "state":
        sandboxAsked = content.connection.source === "sandbox";
        show(badge, sandboxAsked);
        for (const panel of [connection, intake, query]) panel.showState(content);
        if (content.problem) filesText.textContent = "";
        return undefined;
      case "results":
        show(below, true);
        show(badge, content.sandbox || sandboxAsked);
        return results.showResults(content);
      case "table": return results.showTable(content);
      case "breakdown": return results.showBreakdown(content, buffers);
      case "timeline": return results.showTimeline(content, buffers);
      case "progress": return query.showProgress(content);
      case "watch": return query.showWatch(content, buffers);
      case "investigation": return investigation.showInvestigation(content);
      case "checkup": return connection.showCheckup(content);
      case "credentials-held": return connection.clearForm();
      case "next": return intake.sender.next(content.number, content.offset);
      case "file": return receiver.begin(content.name, content.size);
      case "file-piece": return receiver.take(content.offset, buffers[0]);
      default: return undefined;
    }
  };
  model.on("msg:custom", receive);

  el.classList.add("emailrcd");
  el.append(
    make("header", {}, make("h2", {}, "What became of the mail?"), badge),
    make("div", { className: "steps" }, connection.element, intake.element),
    connection.checked,
    query.element,
    below,
  );
  investigation.showInvestigation({ running: false, rows: [], lists: {} });
  send("ready");
  return () => model.off("msg:custom", receive);
}

export default { render };
