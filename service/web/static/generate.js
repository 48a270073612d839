// The page that takes a prompt: what it understands follows as one types; a piece is made and
// played in place. Everything drawn comes from the server's own pages, so nothing is drawn twice.

import { player } from "./player.js";

const form = document.getElementById("ask");
const WAIT_MS = 250;
let timer = 0;
let asking = null;

async function fragment(url, options, id) {
  const answer = await fetch(url, options);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { found: page.getElementById(id), page, answer };
}

function replace(id, page) {
  const before = document.getElementById(id);
  const after = page.getElementById(id);
  if (!before || !after) return;
  const held = document.activeElement?.name && before.contains(document.activeElement)
    ? document.activeElement : null;
  before.replaceWith(after);
  // Who was typing in it goes on typing.
  if (held) {
    const again = after.querySelector(`[name="${CSS.escape(held.name)}"]`);
    if (again) {
      again.value = held.value;
      again.focus();
    }
  }
}

async function understand() {
  asking?.abort();
  asking = new AbortController();
  const url = "/?" + new URLSearchParams(new FormData(form));
  try {
    const { page } = await fragment(url, { signal: asking.signal }, "understood");
    for (const id of ["reading", "understood", "trouble"]) replace(id, page);
    draggable();
  } catch (error) {
    if (error.name !== "AbortError") told(`The service does not answer (${error.message}).`);
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(understand, WAIT_MS);
}

function told(text) {
  document.getElementById("trouble").textContent = text;
}

// A feature is held where its drawing is clicked or dragged to.
function draggable() {
  for (const row of document.querySelectorAll(".feat[data-low]")) {
    const drawing = row.querySelector("svg");
    const field = row.querySelector("input");
    if (!drawing || !field) continue;
    const hold = (event) => {
      const box = drawing.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      field.value = valueAt(share, row.dataset);
      row.classList.add("user");
      const x = (180 * share).toFixed(1);
      const line = drawing.querySelector(".value");
      line?.setAttribute("x1", x);
      line?.setAttribute("x2", x);
    };
    drawing.addEventListener("pointerdown", (event) => {
      drawing.setPointerCapture(event.pointerId);
      hold(event);
    });
    drawing.addEventListener("pointermove", (event) => {
      if (drawing.hasPointerCapture(event.pointerId)) hold(event);
    });
    drawing.addEventListener("pointerup", later);
    const lock = row.querySelector(".lock");
    lock?.addEventListener("click", () => {
      field.value = field.value ? "" : row.dataset.value;
      understand();
    });
  }
}

function valueAt(share, { low, high, scale, digits }) {
  const [a, b] = [Number(low), Number(high)];
  const value = scale === "log2" ? a * (b / a) ** share : a + (b - a) * share;
  return value.toFixed(Number(digits));
}

async function make(event) {
  if (event.submitter?.id === "show") {
    event.preventDefault();
    understand();
    return;
  }
  event.preventDefault();
  const play = document.getElementById("play");
  play.disabled = true;
  const body = new URLSearchParams(new FormData(form));
  await follow(() => fetch("/generate", { method: "POST", body }));
}

// Sends what makes a job, follows it, and puts the piece on the page.
async function follow(send) {
  told("");
  const answer = await send();
  const job = new URL(answer.url).pathname.match(/^\/making\/(.+)$/)?.[1];
  if (!job) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    told(page.querySelector("[role=alert]")?.textContent ?? `It could not be made (${answer.status}).`);
    return;
  }
  const bar = document.getElementById("progress");
  bar.hidden = false;
  const events = new EventSource(`/v1/jobs/${job}/events`);
  const shown = (event) => {
    const state = JSON.parse(event.data);
    bar.querySelector("progress").value = state.progress;
    bar.querySelector("span").textContent = state.ahead
      ? `${state.ahead} before it` : state.doing || state.state;
    return state;
  };
  events.addEventListener("progress", shown);
  events.addEventListener("end", async (event) => {
    events.close();
    bar.hidden = true;
    const state = shown(event);
    if (state.generation_id) await show(state.generation_id);
    else told(state.error ?? "It was cancelled.");
  });
}

async function show(id) {
  const { page } = await fragment(`/song/${id}`, {}, "song");
  for (const part of ["song", "measured"]) {
    document.getElementById(part).replaceWith(document.importNode(page.getElementById(part), true));
  }
  const edit = document.getElementById("edit");
  edit?.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(edit, event.submitter));
    follow(() => fetch(edit.action, { method: "POST", body }));
  });
  await player(document.getElementById("song"));
  document.getElementById("play").focus();
}

form.addEventListener("input", later);
form.addEventListener("submit", make);
document.addEventListener("input", (event) => {
  if (event.target.form === form && !form.contains(event.target)) later();
});
draggable();
