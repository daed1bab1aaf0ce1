import { Receiver, Sender } from "/static/transfer.js";
import { same, test, until } from "./harness.js";

const MIB = 1024 * 1024;

function sending() {
  const sent = [];
  const said = [];
  return { sender: new Sender((type, content, buffers) => sent.push([type, content, buffers])), sent, said, say: (words) => said.push(words) };
}

test("a file is sent in chunks of 1 MiB, each when it is asked for", async () => {
  const { sender, sent, said, say } = sending();
  sender.begin("big.csv", new Blob(["x".repeat(MIB + 10)]), "results", say);
  const [, { number, ...announced }] = sent[0];
  same(announced, { name: "big.csv", size: MIB + 10, purpose: "results" });
  for (const offset of [0, MIB, MIB + 10]) await sender.next(number, offset);
  same(sent.slice(1).map(([type, content, [chunk]]) => [type, content.offset, chunk.byteLength]), [["send-chunk", 0, MIB], ["send-chunk", MIB, 10]]);
  same(said.filter((words, place) => words !== said[place - 1]), ["Uploading big.csv: 0 %", "Uploading big.csv: 100 %", ""]);
});

test("what is asked for an earlier upload is not sent", async () => {
  const { sender, sent, say } = sending();
  sender.begin("", new Blob(["a"]), "ids", say);
  const { number } = sent[0][1];
  sender.begin("", new Blob(["b"]), "ids", say);
  await sender.next(number, 0);
  same(sent.map(([type]) => type), ["begin-upload", "begin-upload"]);
});

test("a file that cannot be read is told", async () => {
  const { sender, sent, said, say } = sending();
  const gone = { size: 3, slice: () => ({ arrayBuffer: () => Promise.reject(new Error("gone")) }) };
  sender.begin("x.csv", gone, "ids", say);
  await sender.next(sent[0][1].number, 0);
  same(said.at(-1), "x.csv could not be read by the browser. Choose it again.");
});

test("a file that comes in chunks is put among the downloads, whole and under its name", async () => {
  const asked = [];
  let finished = "";
  let blob;
  const receiver = new Receiver((_, { offset }) => asked.push(offset), (name) => { finished = name; });
  const made = URL.createObjectURL;
  URL.createObjectURL = (content) => { blob = content; return made.call(URL, content); };
  receiver.begin(7, "out.csv", 5);
  receiver.take(6, 0, new Uint8Array([9]));
  receiver.take(7, 0, new Uint8Array([97, 98, 99]));
  receiver.take(7, 0, new Uint8Array([97, 98, 99]));
  receiver.take(7, 3, new Uint8Array([100, 101]));
  await until(() => finished);
  URL.createObjectURL = made;
  same([asked, finished, await blob.text()], [[0, 3], "out.csv", "abcde"]);
});
