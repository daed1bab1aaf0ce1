import { button, heading, labelled, make, numbered, onEnter, options, redraw, show } from "./elements.js";

/** Which mail is shown: chosen here, said in words, taken back with one click. */
export function filtersPanel(send) {
  const chosen = { provider: "", domain: "", text: "" };
  const sendFilters = () => send("set-filters", chosen);
  const provider = make("select", { onchange: () => { chosen.provider = provider.value; sendFilters(); } });
  const listId = `emailrcd-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  const domains = make("datalist", { id: listId });
  const useDomain = () => {
    const value = domain.value.trim().toLowerCase();
    if (value === chosen.domain) return;
    chosen.domain = value;
    sendFilters();
  };
  const domain = make("input", {
    type: "text",
    list: listId,
    placeholder: "any part of one, or several",
    onchange: useDomain,
  });
  onEnter(domain, useDomain);
  let typed = false;
  let waiting = false;
  /** Ask at each letter, but never twice at once: what is typed until the answer is asked after it. */
  const ask = () => {
    if (!typed || waiting) return;
    [typed, waiting] = [false, true];
    chosen.text = search.value.trim();
    sendFilters();
  };
  const search = make("input", {
    type: "search",
    ariaLabel: "Search in the records",
    placeholder: "id, address, error…",
    oninput: () => { typed = true; ask(); },
  });
  const zone = make("select", { onchange: () => send("set-zone", { zone: zone.value }) });
  const zones = [...new Set(["Asia/Shanghai", "UTC", Intl.DateTimeFormat().resolvedOptions().timeZone])];
  const shown = make("span", { className: "count", role: "status" });
  const chips = make("div", { className: "row", role: "group", ariaLabel: "Filters that are set" });
  const code = make("pre", { className: "code gone", tabIndex: 0, role: "group", ariaLabel: "The code" });
  const showCode = button("Show the code", () => {
    if (code.classList.contains("gone")) send("show-code");
    else show(code, false);
  }, "quiet");
  const element = make(
    "section",
    { ariaLabel: "Filters" },
    make("div", { className: "row" }, heading(3, "Show"), shown, make("span", { className: "space" }), showCode),
    chips,
    make("div", { className: "filters" }, labelled("Provider", provider), labelled("Domain", domain), domains, labelled("Search", search), labelled("Times in", zone)),
    code,
  );
  const chip = ([name, words]) => {
    const drawn = button(`${words}  ✕`, () => send("drop-filter", { name }), "chip", `filter ${name}`);
    drawn.ariaLabel = `${words}. Take this filter back`;
    return drawn;
  };

  return {
    element,
    receive: {
      state({ connection }) {
        waiting = false;
        show(showCode, !connection.visited);
      },
      code: ({ text }) => { code.textContent = text; show(code, true); },
      choices(content) {
        const counted = (pairs) => pairs.map(([name, count]) => [name, `${name} (${numbered(count)})`]);
        options(provider, [["", "all"], ...counted(content.providers)], chosen.provider);
        domains.replaceChildren(...counted(content.domains).map(([value, text]) => make("option", { value }, text)));
      },
      results(content) {
        shown.textContent = content.shown;
        const all = content.filters.length ? [button("Show all", () => send("drop-filter", { name: "" }), "quiet")] : [];
        redraw(chips, ...content.filters.map(chip), ...all);
        show(chips, content.filters.length > 0);
        show(code, false);
        if (document.activeElement !== domain) domain.value = content.domain;
        waiting = false;
        if (!typed && search.value.trim() !== content.text) search.value = content.text;
        Object.assign(chosen, { provider: content.provider, domain: content.domain, text: content.text });
        provider.value = content.provider;
        ask();
        options(zone, [...new Set([...zones, content.zone])].map((name) => [name, name]), content.zone);
      },
    },
  };
}

