// Tests of one module by itself: no notebook, no kernel. What the module would send is kept; what it would be told is given.

const tests = [];

/** Name a fact, and what shows it. */
export function test(fact, show) {
  tests.push({ fact, show });
}

/** Run all tests; return what failed. */
export async function run() {
  const failed = [];
  for (const { fact, show } of tests) {
    document.body.replaceChildren();
    try {
      await show();
    } catch (error) {
      failed.push(`${fact}: ${error.message}`);
    }
  }
  return tests.length ? failed : ["there are no tests"];
}

export function same(seen, expected) {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

/** Put a panel into the page, and return it with what it sends. */
export function placed(build) {
  const sent = [];
  const panel = build((type, content) => { sent.push(structuredClone(content ? [type, content] : [type])); });
  document.body.append(panel.element);
  return { panel, sent };
}

export const find = (selector) => document.querySelector(selector);
export const all = (selector) => [...document.querySelectorAll(selector)];
export const named = (name) => all("button").find((each) => (each.ariaLabel || each.textContent) === name);
export const texts = (selector) => all(selector).map((each) => each.textContent);
export const isShown = (element) => !element.closest(".gone");

/** Press a key as the app passes it on. */
export function press(element, key, options = {}) {
  element.dispatchEvent(new CustomEvent("emailrcd-key", { bubbles: true, detail: { key, preventDefault() {}, ...options } }));
}

/** Type or choose, as a user does. */
export function enter(control, value, event = "change") {
  control.value = value;
  control.dispatchEvent(new Event(event, { bubbles: true }));
}

/** Wait until something is so. */
export async function until(isSo) {
  for (let tries = 0; tries < 3_000; tries += 1) {
    if (isSo()) return;
    await new Promise((done) => { setTimeout(done, 10); });
  }
  throw new Error(`this never came: ${isSo}`);
}

/** What the kernel tells of everything but results, with these changes. */
export function state(changes = {}) {
  return {
    type: "state",
    connection: { source: "sandbox", visited: false, rate: 20, highest_rate: 1000, held: false, typed: false, note: "", warning: "", base_url: "https://api.example/email", ledger: "", ...changes.connection },
    ids: { count: 0, text: "", problem: "", question: "", refused: [], more: 0, notices: [], columns: [], ...changes.ids },
    sandbox: true,
    running: false,
    unfinished: 0,
    status: "",
    problem: "",
    notices: [],
    ...changes.state,
  };
}

/** What the kernel tells of results, with these changes. */
export function results(changes = {}) {
  return { type: "results", fresh: false, total: 3, rows: 3, shown: "3 of 3 records shown", filters: [], provider: "", domain: "", text: "", zone: "Asia/Shanghai", by: "provider", chart: "timeline", ...changes };
}
