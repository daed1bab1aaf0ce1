import { make } from "./elements.js";

const CHUNK = 1024 * 1024;

/** Sends files and pasted text in chunks, each when the kernel asks for it. */
export class Sender {
  constructor(send, progressed, failed) {
    this.send = send;
    this.progressed = progressed;
    this.failed = failed;
    this.number = 0;
  }

  begin(name, blob, purpose = "ids") {
    this.number = Math.max(this.number + 1, Date.now());
    this.name = name;
    this.blob = blob;
    this.progressed(name, 0, blob.size);
    this.send("begin-upload", { number: this.number, name, size: blob.size, purpose });
  }

  async next(number, offset) {
    if (number !== this.number || !this.blob) return;
    this.progressed(this.name, offset, this.blob.size);
    if (offset >= this.blob.size && this.blob.size > 0) {
      this.blob = null;
      return;
    }
    let chunk;
    try {
      chunk = await this.blob.slice(offset, offset + CHUNK).arrayBuffer();
    } catch {
      this.blob = null;
      this.failed(`${this.name} could not be read by the browser. Choose it again.`);
      return;
    }
    if (number !== this.number) return;
    this.send("send-chunk", { number, offset }, [chunk]);
  }
}

/** Asks for a file in chunks and hands it to the browser's downloads. */
export class Receiver {
  constructor(send, finished) {
    this.send = send;
    this.finished = finished;
  }

  begin(number, name, size) {
    this.number = number;
    this.name = name;
    this.size = size;
    this.chunks = [];
    this.received = 0;
    this.send("download", { number, offset: 0 });
  }

  take(number, offset, buffer) {
    if (number !== this.number || offset !== this.received) return;
    this.chunks.push(buffer);
    this.received += buffer.byteLength;
    if (this.received < this.size) {
      this.send("download", { number, offset: this.received });
      return;
    }
    const url = URL.createObjectURL(new Blob(this.chunks));
    const link = make("a", { href: url, download: this.name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    this.chunks = [];
    this.finished(this.name);
  }
}
