// The page that takes a prompt: what it understands follows as one types; a piece is made and
// played in place. Everything drawn comes from the server's own pages, so nothing is drawn twice.

import { features } from "./features.js";
import { marks } from "./marks.js";
import { patch } from "./patch.js";
import { pieces } from "./piece.js";

const WAIT_MS = 200;
const ADVICE_MS = 700;
const RETRY_MS = 2000;
const LONGEST_ADDRESS = 1500;
const AWAY = "The service does not answer. Trying again…";

const form = document.getElementById("ask");
const prompt = document.getElementById("prompt");
const trouble = document.getElementById("trouble");
const below = marks(prompt, document.getElementById("marked"));
const told = (text) => { trouble.textContent = text; };
const { show, made } = pieces(told, (id) => remember(id));
let timer = 0;
let adviceTimer = 0;
const asking = new Map();

const USUAL_S = 15;
const length = document.getElementById("length");
let ownLength = Number(length.value) !== USUAL_S;

const fields = (more = {}) => {
  const body = new URLSearchParams(new FormData(form));
  if (!ownLength) body.set("length", USUAL_S);
  for (const [name, value] of Object.entries(more)) body.set(name, value);
  return body;
};

// Asks the page again, by itself. What was asked before and is not answered yet is dropped: the same
// question, and where the words have changed all of them.
async function asked(more, parts) {
  const what = more.show ?? "";
  for (const [name, earlier] of asking) if (!what || name === what) earlier.abort();
  asking.set(what, new AbortController());
  const { signal } = asking.get(what);
  let page;
  try {
    const answer = await fetch("/", { method: "POST", body: fields(more), signal });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.status === 429) throw new Error("too many requests");
  } catch (error) {
    if (error.name === "AbortError") return;
    told(AWAY);
    later(RETRY_MS);
    return;
  }
  if (signal.aborted || dragging()) return;
  if (!page.getElementById("marked")) {
    told("The service does not know you any more: reload the page to log in.");
    return;
  }
  const said = page.getElementById("trouble")?.textContent ?? "";
  told(said);
  if (said) return;
  below.read(page.getElementById("marked"));
  for (const part of parts) {
    const [old, fresh] = [document.getElementById(part), page.getElementById(part)];
    if (old && fresh) patch(old, fresh);
  }
  paced();
}

async function understand() {
  clearTimeout(timer);
  clearTimeout(adviceTimer);
  remember();
  await asked({}, ["reading", "understood", "why"]);
  if (prompt.value.trim()) adviceTimer = setTimeout(() => asked({ show: "advice" }, ["advice"]), ADVICE_MS);
  else document.getElementById("advice").replaceChildren();
}

function later(wait = WAIT_MS) {
  clearTimeout(timer);
  clearTimeout(adviceTimer);
  timer = setTimeout(understand, wait);
}

const { dragging } = features(form, () => later(0));

// The address holds what was asked, so that going back, reloading and sharing find it again.
function remember(song = document.getElementById("song")?.dataset.id) {
  const address = fields(song ? { song } : {});
  const usual = { speed: "words", vocals: "words", candidates: "1", length: "15" };
  if (address.get("speed") === "words") address.delete("bpm");
  for (const [name, value] of [...address]) if (!value || value === usual[name]) address.delete(name);
  const query = prompt.value.trim() || song ? `?${address}` : "";
  if (query.length < LONGEST_ADDRESS) history.replaceState({}, "", `/${query}`);
}

// While the prompt decides, the sliders show what it has decided.
function paced() {
  const seconds = document.getElementById("understood").dataset.length;
  if (!ownLength && seconds) {
    length.value = Math.round(Number(seconds));
    length.dispatchEvent(new Event("mirror"));
  }
  const tempo = document.getElementById("feat-tempo_bpm")?.dataset.value;
  if (form.elements.speed.value !== "words" || !tempo) return;
  form.elements.bpm.value = Math.round(Number(tempo));
  form.elements.bpm.dispatchEvent(new Event("mirror"));
}

function say(text) {
  prompt.value = text;
  below.typed();
  prompt.focus();
  later(0);
}

// Sliders beside the numbers that they stand for.
for (const slider of form.querySelectorAll("[data-mirrors]")) {
  const field = form.elements.namedItem(slider.dataset.mirrors);
  const follow = () => { slider.value = field.value; };
  slider.addEventListener("input", () => {
    field.value = slider.value;
    chosen(field);
  });
  field.addEventListener("input", () => { follow(); chosen(field); });
  field.addEventListener("mirror", follow);
}
function chosen(field) {
  if (field.name === "bpm") form.elements.speed.value = "number";
  else ownLength = Number(field.value) !== USUAL_S;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!button || button.form !== form) return;
  const { prompt: better, tempo, why } = button.dataset;
  if (better === undefined && tempo === undefined && why === undefined) return;
  event.preventDefault();
  if (better !== undefined) say(button.value);
  if (why !== undefined) asked({ show: "why" }, ["why"]);
  if (tempo !== undefined) {
    form.elements.bpm.value = button.value;
    form.elements.bpm.dispatchEvent(new Event("mirror"));
    form.elements.speed.value = "number";
    later(0);
  }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(timer);
  const body = fields();
  made(() => fetch("/generate", { method: "POST", body }));
});
document.addEventListener("input", (event) => {
  if (event.target.form === form) later();
});
prompt.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
paced();
addEventListener("popstate", () => location.reload());
if (prompt.value.trim()) adviceTimer = setTimeout(() => asked({ show: "advice" }, ["advice"]), ADVICE_MS);

export { show };
