import { button, heading, make, redraw, show } from "./elements.js";

/** 4. What came of it, in numbers; each status is a button that shows its mail alone. */
export function headlinePanel(send) {
  const tiles = make("div", { className: "tiles" });
  const hint = make("div", { className: "notices gone", role: "status" });
  const element = make("section", { ariaLabel: "Result" }, heading(3, "Result"), tiles, hint);

  function tile(content) {
    const drawn = button("", () => send("toggle-value", { column: "status", value: content.status }), `tile ${content.status}${content.chosen ? " chosen" : ""}`, content.status);
    drawn.ariaPressed = String(content.chosen);
    drawn.title = "Show these only";
    drawn.append(make("span", { className: "name" }, content.label), make("strong", {}, content.count), make("span", { className: "note" }, content.share));
    return drawn;
  }

  function rateTile({ rate, sandbox }) {
    const lines = [rate.of, rate.interval, rate.range].filter(Boolean).map((line) => make("span", { className: "note" }, line));
    const name = sandbox ? "Delivery rate 送达率 · SANDBOX" : "Delivery rate 送达率";
    return make("div", { className: "tile rate" }, make("span", { className: "name" }, name), make("strong", {}, rate.value), ...lines);
  }

  return {
    element,
    receive: {
      numbers(content) {
        redraw(tiles, rateTile(content), ...content.tiles.map(tile));
        hint.textContent = content.hint;
        show(hint, Boolean(content.hint));
      },
    },
  };
}
