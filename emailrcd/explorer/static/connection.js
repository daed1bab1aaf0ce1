import { button, complain, copier, enable, heading, labelled, make, note, problemBox, redraw, scrolling, show, tableOf } from "./elements.js";

const NOTES = {
  given: "Asking through the client given to this app.",
  sandbox: "A local world of made-up mail answers; nothing leaves this machine.",
};

/** The form for credentials. It sends them and keeps none. */
function credentialsForm(send) {
  const field = (type, autocomplete) => make("input", { type, autocomplete, spellcheck: false });
  const appId = field("text", "off");
  const apiKey = field("password", "new-password");
  const apiSecret = field("password", "new-password");
  const baseUrl = field("text", "off");
  const back = button("Back", () => send("choose-source", { source: "api" }), "quiet");
  const use = make("button", { type: "submit" }, "Use these credentials");
  const refusal = problemBox();
  const submit = (event) => {
    event.preventDefault();
    send("enter-credentials", { app_id: appId.value, api_key: apiKey.value, api_secret: apiSecret.value, base_url: baseUrl.value });
  };
  const form = make(
    "form",
    { className: "credentials", onsubmit: submit, ariaLabel: "Credentials" },
    labelled("App id", appId),
    labelled("API key", apiKey),
    labelled("API secret", apiSecret),
    labelled("Base URL", baseUrl),
    make("div", { className: "row wide" }, use, back),
    refusal,
  );
  return {
    form,
    use,
    open() {
      show(form, true);
      show(back, true);
      appId.focus();
    },
    showState({ source, held, base_url }, shown) {
      show(form, shown);
      show(back, false);
      if (source !== "api" || held) complain(refusal, "");
      if (!baseUrl.value) baseUrl.value = base_url;
    },
    showRefusal({ problem }) {
      complain(refusal, problem);
      if (!problem) for (const each of [appId, apiKey, apiSecret]) each.value = "";
    },
  };
}

/** Why there is no connection, or that there is one. */
function examination(send) {
  const check = button("Check the connection", () => send("check-connection"));
  const element = make("div", { className: "checkup gone", role: "status" });
  const dress = (row, [, result]) => { row.children[1].className = `result ${result}`; };
  const columns = ["Check", "Result", "What was seen", "What to do"];
  return {
    check,
    element,
    showCheckup(content) {
      show(element, true);
      enable(check, !content.running);
      if (content.running) {
        redraw(element, make("p", { className: "note" }, "Looking…"));
        return;
      }
      const table = scrolling("What was found about the connection", "wrapped");
      table.append(tableOf(columns, content.rows, { mark: dress }));
      const close = button("Close", () => { show(element, false); check.focus(); }, "quiet");
      redraw(element, make("div", { className: "row" }, heading(3, "The connection"), copier("Copy for a support ticket", content.text), close), table);
    },
    close: () => show(element, false),
  };
}

/** 1. Which server. */
export function connectionPanel(send) {
  const group = `emailrcd-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const radio = (value) => make("input", { type: "radio", name: group, value, onchange: () => send("choose-source", { source: value }) });
  const sandbox = radio("sandbox");
  const api = radio("api");
  const choice = make(
    "fieldset",
    {},
    make("legend", { className: "unseen" }, "Which server"),
    make("label", { className: "choice" }, sandbox, "Sandbox – no account needed"),
    make("label", { className: "choice" }, api, "Real API – with your credentials"),
  );
  const credentials = credentialsForm(send);
  const { check, element: checked, showCheckup, close } = examination(send);
  const held = note();
  const warning = make("span", { className: "warn" });
  const ledger = note();
  const change = button("Use others", credentials.open, "quiet");
  const forget = button("Forget them", () => send("forget-credentials"), "quiet");
  const rate = make("input", { type: "number", min: 1, step: 1, className: "short", onchange: () => send("set-rate", { calls_a_second: rate.valueAsNumber || null }) });
  const rateField = labelled("Calls a second, at most", rate);
  const element = make(
    "section",
    { ariaLabel: "Which server" },
    heading(3, "1  Which server"),
    choice,
    make("div", { className: "row" }, held, warning, change, forget),
    credentials.form,
    rateField,
    ledger,
    make("div", { className: "row" }, check),
  );

  return {
    element,
    checked,
    receive: {
      state({ connection, running }) {
        const { source } = connection;
        const isApi = source === "api";
        sandbox.checked = source === "sandbox";
        api.checked = isApi;
        show(choice, source !== "given");
        held.textContent = Object.hasOwn(NOTES, source) ? NOTES[source] : connection.note;
        warning.textContent = connection.warning;
        ledger.textContent = connection.ledger;
        show(ledger, Boolean(connection.ledger));
        credentials.showState(connection, isApi && !connection.held);
        show(change, isApi && connection.held);
        show(forget, isApi && connection.typed);
        show(rateField, isApi);
        rate.max = connection.highest_rate;
        if (document.activeElement !== rate) rate.value = connection.rate;
        for (const control of [sandbox, api, credentials.use, change, forget, rate]) enable(control, !running);
      },
      refusal: credentials.showRefusal,
      checkup: showCheckup,
      "checkup-gone": close,
    },
  };
}
