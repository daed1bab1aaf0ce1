import { filtersPanel } from "/static/filters.js";
import { all, enter, find, isShown, named, placed, press, results, same, test } from "./harness.js";

const NONE = { provider: "", domain: "", text: "" };

test("a provider, a domain and a search are sent together", () => {
  const { panel, sent } = placed(filtersPanel);
  panel.receive.choices({ providers: [["QQ", 2]], domains: [["qq.com", 2]], columns: [] });
  enter(find("select"), "QQ");
  const domain = find("input[list]");
  domain.value = " QQ.com ";
  press(domain, "Enter");
  enter(find("input[type=search]"), "li", "input");
  same(sent.at(-1), ["set-filters", { ...NONE, provider: "QQ", domain: "qq.com", text: "li" }]);
});

test("a domain that is the same is not sent again", () => {
  const { sent } = placed(filtersPanel);
  const domain = find("input[list]");
  domain.value = "qq.com";
  press(domain, "Enter");
  domain.dispatchEvent(new Event("change"));
  same(sent.length, 1);
});

test("each filter is taken back by itself, and all at once", () => {
  const { panel, sent } = placed(filtersPanel);
  panel.receive.results(results({ filters: [["text", "Search: li"]], text: "li" }));
  named("Search: li. Take this filter back").click();
  named("Show all").click();
  same(sent, [["drop-filter", { name: "text" }], ["drop-filter", { name: "" }]]);
  panel.receive.results(results());
  same([all(".chip").length, find("input[type=search]").value], [0, ""]);
});

test("each letter is asked at once, those typed until the answer together after it, and none is overwritten", () => {
  const { panel, sent } = placed(filtersPanel);
  const search = find("input[type=search]");
  for (const text of ["l", "li", "li "]) enter(search, text, "input");
  panel.receive.results(results({ text: "l" }));
  same(search.value, "li ");
  panel.receive.results(results({ text: "li" }));
  same([sent.map(([, { text }]) => text), search.value], [["l", "li"], "li "]);
  panel.receive.results(results({ text: "somebody else's" }));
  same([sent.length, search.value], [2, "somebody else's"]);
});

test("the code goes when the filters change", () => {
  const { panel, sent } = placed(filtersPanel);
  named("Show the code").click();
  panel.receive.code({ text: "import emailrcd" });
  same([sent, find("pre").textContent, isShown(find("pre"))], [[["show-code"]], "import emailrcd", true]);
  panel.receive.results(results());
  same(isShown(find("pre")), false);
});
