import { make } from "./elements.js";

const CHUNK = 1024 * 1024;

/** Sends files and pasted text in chunks, each when the kernel asks for it; one at a time. */
export class Sender {
  constructor(send) {
    this.send = send;
    this.say = () => {};
    this.number = 0;
  }

  /** Begin; `say` is told how far it is. */
  begin(name, blob, purpose, say) {
    this.say("");
    Object.assign(this, { number: Math.max(this.number + 1, Date.now()), name, blob, say });
    this.send("begin-upload", { number: this.number, name, size: blob.size, purpose });
  }

  async next(number, offset) {
    if (number !== this.number || !this.blob) return;
    if (offset >= this.blob.size && this.blob.size > 0) {
      this.end("");
      return;
    }
    if (this.name) this.say(`Uploading ${this.name}: ${Math.round((100 * offset) / this.blob.size)} %`);
    let chunk;
    try {
      chunk = await this.blob.slice(offset, offset + CHUNK).arrayBuffer();
    } catch {
      this.end(`${this.name} could not be read by the browser. Choose it again.`);
      return;
    }
    if (number === this.number) this.send("send-chunk", { number, offset }, [chunk]);
  }

  end(words) {
    this.blob = null;
    this.say(words);
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
