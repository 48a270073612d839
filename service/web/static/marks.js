// The marks under the prompt. They follow what is typed at once: those outside of a change move with
// their words, those inside it go, until the service has read the whole again.

export function marks(prompt, below) {
  let text = "";
  let spans = [];

  below.setAttribute("aria-hidden", "true");
  const draw = () => {
    const parts = [];
    let at = 0;
    for (const span of spans) {
      parts.push(text.slice(at, span.start), span);
      at = span.end;
    }
    parts.push(text.slice(at));
    below.replaceChildren(...parts.map((part) => (typeof part === "string" ? part : marked(part))));
    // A last line that is empty has no height without something in it.
    below.append(text.endsWith("\n") ? "\u200b" : "");
    below.scrollTop = prompt.scrollTop;
  };
  const marked = ({ start, end, kind, title }) => {
    const mark = document.createElement("mark");
    mark.className = kind;
    mark.title = title;
    mark.textContent = text.slice(start, end);
    return mark;
  };
  const typed = () => {
    const now = prompt.value;
    const most = Math.min(text.length, now.length);
    let head = 0;
    while (head < most && text[head] === now[head]) head += 1;
    let tail = 0;
    while (tail < most - head && text.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
    const by = now.length - text.length;
    const after = text.length - tail;
    spans = spans.flatMap((span) => {
      if (span.end <= head) return [span];
      if (span.start >= after) return [{ ...span, start: span.start + by, end: span.end + by }];
      return [];
    });
    text = now;
    draw();
  };
  // What the service has read, as the page shows it; its text may lack blanks around the whole.
  const read = (shown) => {
    const whole = shown.textContent;
    const offset = prompt.value.indexOf(whole);
    if (offset < 0 || whole.trim() !== prompt.value.trim()) return;
    text = prompt.value;
    spans = [];
    let at = offset;
    for (const node of shown.childNodes) {
      const end = at + node.textContent.length;
      if (node.nodeName === "MARK") spans.push({ start: at, end, kind: node.className, title: node.title });
      at = end;
    }
    draw();
  };
  prompt.addEventListener("input", typed);
  prompt.addEventListener("scroll", () => { below.scrollTop = prompt.scrollTop; });
  read(below.cloneNode(true));
  if (prompt.value !== text) typed();
  return { read, typed };
}
