/** 1. Whom to ask. */
function connectionPanel(send) {
  const group = `emailrcd-${Math.random().toString(36).slice(2)}`;
  const radio = (value) => make("input", { type: "radio", name: group, value, onchange: () => send("source", { source: value }) });
  const sandbox = radio("sandbox");
  const api = radio("api");
  const choice = make(
    "div",
    { className: "row", role: "radiogroup", ariaLabel: "Whom to ask" },
    make("label", { className: "choice" }, sandbox, "Sandbox – no account needed"),
    make("label", { className: "choice" }, api, "Real API – with your credentials"),
  );
  const plain = () => make("input", { type: "text", autocomplete: "off", spellcheck: false });
  const secret = () => make("input", { type: "password", autocomplete: "new-password", spellcheck: false });
  const appId = plain();
  const apiKey = secret();
  const apiSecret = secret();
  const baseUrl = plain();
  const use = make("button", { type: "submit" }, "Use these credentials");
  const back = button("Back", () => send("source", { source: "api" }), "quiet");
  const refusal = make("div", { className: "problem gone", role: "alert" });
  const submit = (event) => {
    event.preventDefault();
    send("credentials", { app_id: appId.value, api_key: apiKey.value, api_secret: apiSecret.value, base_url: baseUrl.value });
  };
  const form = make(
    "form",
    // JupyterLab keeps Enter to itself, so that a form does not submit by it.
    { className: "credentials", onsubmit: submit, onkeydown: (event) => { if (event.key === "Enter" && event.target.tagName === "INPUT") submit(event); } },
    labelled("App id", appId),
    labelled("API key", apiKey),
    labelled("API secret", apiSecret),
    labelled("Base URL", baseUrl),
    make("div", { className: "row wide" }, use, back),
    refusal,
  );
  const held = note();
  const warning = make("span", { className: "warn" });
  const ledger = note();
  const change = button("Use others", () => { show(form, true); show(back, true); appId.focus(); }, "quiet");
  const forget = button("Forget them", () => send("forget"), "quiet");
  const rate = make("input", { type: "number", min: 1, max: 1000, step: 1, className: "short", onchange: () => { rate.blur(); send("rate", { rate: rate.valueAsNumber || null }); } });
  const rateField = labelled("Calls a second, at most", rate);
  const check = button("Check the connection", () => send("checkup"));
  const checked = make("div", { className: "checkup gone", role: "status" });
  const element = make(
    "section",
    { ariaLabel: "Whom to ask" },
    make("h3", {}, "1  Whom to ask"),
    choice,
    make("div", { className: "row" }, held, warning, change, forget),
    form,
    rateField,
    ledger,
    make("div", { className: "row" }, check),
  );

  return {
    element,
    checked,
    showState(state) {
      const credentials = state.connection;
      const { source } = credentials;
      const isApi = source === "api";
      sandbox.checked = source === "sandbox";
      api.checked = isApi;
      show(choice, source !== "given");
      const told = { given: "Asking through the client given to this app.", sandbox: "A local world of made-up mail answers; nothing leaves this machine." };
      held.textContent = told[source] ?? credentials.note;
      warning.textContent = credentials.warning;
      ledger.textContent = credentials.ledger;
      show(ledger, Boolean(credentials.ledger));
      show(form, isApi && !credentials.held);
      show(change, isApi && credentials.held);
      show(forget, isApi && credentials.typed);
      show(back, false);
      if (!isApi || credentials.held) show(refusal, false);
      show(rateField, isApi);
      if (document.activeElement !== rate) rate.value = credentials.rate ?? "";
      if (!baseUrl.value) baseUrl.value = credentials.base_url;
      for (const control of [sandbox, api, use, change, forget, rate]) control.disabled = state.running;
    },
    showRefusal({ problem }) {
      refusal.textContent = problem;
      show(refusal, Boolean(problem));
      if (!problem) for (const field of [appId, apiKey, apiSecret]) field.value = "";
    },
    showCheckup(content) {
      show(checked, true);
      check.disabled = content.running;
      if (content.running) {
        checked.replaceChildren(make("p", { className: "note" }, "Looking…"));
        return;
      }
      const copy = button("Copy for a support ticket", async () => {
        await navigator.clipboard.writeText(content.text);
        copy.textContent = "Copied";
      });
      // Where a page comes by plain http from another machine, browsers give no clipboard.
      show(copy, Boolean(navigator.clipboard));
      const dress = (row, [, result]) => { row.children[1].className = `result ${result}`; };
      const columns = ["Check", "Result", "What was seen", "What to do"];
      checked.replaceChildren(
        make("div", { className: "row" }, make("h3", {}, "The connection"), copy, button("Close", () => show(checked, false), "quiet")),
        make("div", { className: "scroll wrapped" }, tableOf(columns, content.rows, { mark: dress })),
      );
    },
  };
}
