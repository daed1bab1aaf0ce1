import { headlinePanel } from "/static/headline.js";
import { all, find, isShown, placed, same, test } from "./harness.js";

const NUMBERS = {
  sandbox: true,
  hint: "",
  rate: { value: "94.2 %", of: "of 52 settled", interval: "95 % interval 84 to 98 %", range: "" },
  tiles: [
    { status: "delivered", label: "Delivered", count: "49", share: "94 %", chosen: false },
    { status: "failed", label: "Failed", count: "3", share: "6 %", chosen: true },
  ],
};

test("a status is a button that is pressed while it is shown alone", () => {
  const { panel, sent } = placed(headlinePanel);
  panel.receive.numbers(NUMBERS);
  same(all("button").map((each) => each.ariaPressed), ["false", "true"]);
  find("button.failed").click();
  same(sent, [["toggle-value", { column: "status", value: "failed" }]]);
});

test("answers of the sandbox say so beside the rate", () => {
  const { panel } = placed(headlinePanel);
  panel.receive.numbers(NUMBERS);
  same(find(".rate .name").textContent, "Delivery rate 送达率 · SANDBOX");
  panel.receive.numbers({ ...NUMBERS, sandbox: false, hint: "No id was found." });
  same([find(".rate .name").textContent, isShown(find(".notices"))], ["Delivery rate 送达率", true]);
});
