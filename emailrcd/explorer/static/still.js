/** Put the last result into the notebook of a JupyterLab, which may have been loaded again since it was displayed. */
export function keepStill({ name, html, text }, notebook) {
  for (const { outputs } of notebook?.cells ?? []) {
    for (let place = 0; place < (outputs?.length ?? 0); place += 1) {
      const output = outputs.get(place).toJSON();
      const kept = String(output.data?.["text/html"]);
      // What is there already is left alone: a notebook that has just been saved stays so.
      if (kept.includes(name) && kept !== html) outputs.set(place, { ...output, data: { "text/html": html, "text/plain": text } });
    }
  }
}
