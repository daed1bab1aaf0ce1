const PIECE = 1024 * 1024;
const SILENCE = 15_000;

/** Sends files and pasted text in pieces, each when the kernel asks for it. */
class Sender {
  constructor(model, progressed, failed) {
    this.model = model;
    this.progressed = progressed;
    this.failed = failed;
    this.number = 0;
  }

  begin(name, blob) {
    this.number = Math.max(this.number + 1, Date.now());
    this.name = name;
    this.listen();
    this.blob = blob;
    this.progressed(name, 0, blob.size);
    this.model.send({ type: "upload", number: this.number, name, size: blob.size });
  }

  /** Say so when the kernel is silent for long; it goes on if it answers after all. */
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.failed("The kernel does not answer: it is busy, or gone. Restart it and run the cell again if this stays."), SILENCE);
  }

  end() {
    clearTimeout(this.silence);
    this.blob = null;
  }

  async next(number, offset) {
    if (number !== this.number || !this.blob) return;
    this.listen();
    this.progressed(this.name, offset, this.blob.size);
    if (offset >= this.blob.size && this.blob.size > 0) {
      this.end();
      return;
    }
    let piece;
    try {
      piece = await this.blob.slice(offset, offset + PIECE).arrayBuffer();
    } catch {
      this.end();
      this.failed(`${this.name} could not be read by the browser. Choose it again, or name its path.`);
      return;
    }
    if (number !== this.number) return;
    this.model.send({ type: "piece", number, offset }, undefined, [piece]);
  }
}

/** Asks for a file in pieces and hands it to the browser's downloads. */
class Receiver {
  constructor(model, finished) {
    this.model = model;
    this.finished = finished;
  }

  begin(name, size) {
    this.name = name;
    this.size = size;
    this.pieces = [];
    this.received = 0;
    this.model.send({ type: "download", offset: 0 });
  }

  take(offset, buffer) {
    if (offset !== this.received) return;
    this.pieces.push(buffer);
    this.received += buffer.byteLength;
    if (this.received < this.size) {
      this.model.send({ type: "download", offset: this.received });
      return;
    }
    const url = URL.createObjectURL(new Blob(this.pieces));
    const link = make("a", { href: url, download: this.name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    this.pieces = [];
    this.finished(this.name);
  }
}
