import { connectionPanel } from "/static/connection.js";
import { find, isShown, named, placed, same, state, test, texts } from "./harness.js";

const api = (connection) => state({ connection: { source: "api", ...connection } });

function typed() {
  return [...document.querySelectorAll("form input")].map((each) => each.value);
}

test("credentials that are taken leave the form; those that are refused stay", () => {
  const { panel, sent } = placed(connectionPanel);
  panel.receive.state(api());
  const [id, key, secret] = document.querySelectorAll("form input");
  Object.assign(id, { value: "app" });
  Object.assign(key, { value: "key" });
  Object.assign(secret, { value: "secret" });
  find("form").requestSubmit();
  same(sent, [["enter-credentials", { app_id: "app", api_key: "key", api_secret: "secret", base_url: "https://api.example/email" }]]);
  panel.receive.refusal({ problem: "The app id is too long." });
  same([find("form .problem").textContent, typed()[2]], ["The app id is too long.", "secret"]);
  panel.receive.refusal({ problem: "" });
  same(typed().slice(0, 3), ["", "", ""]);
});

test("the form is there where credentials are needed, and again for others", () => {
  const { panel, sent } = placed(connectionPanel);
  panel.receive.state(state());
  same(isShown(find("form")), false);
  panel.receive.state(api({ held: true, typed: true, note: "App id mine" }));
  same([isShown(find("form")), isShown(named("Forget them"))], [false, true]);
  named("Use others").click();
  same([isShown(find("form")), isShown(named("Back"))], [true, true]);
  named("Forget them").click();
  same(sent, [["forget-credentials"]]);
});

test("nothing of the connection is changed while a query runs", () => {
  const { panel } = placed(connectionPanel);
  panel.receive.state(state({ state: { running: true } }));
  same([...document.querySelectorAll("input[type=radio]")].map((each) => each.disabled), [true, true]);
});

test("what was found about the connection is a table, and goes", () => {
  const { panel } = placed(connectionPanel);
  document.body.append(panel.checked);
  panel.receive.checkup({ running: false, text: "for a ticket", rows: [["clock", "failed", "an hour off", "set it"]] });
  same(texts("td"), ["clock", "failed", "an hour off", "set it"]);
  panel.receive["checkup-gone"]();
  same(isShown(panel.checked), false);
});
