// The block that takes recordings: records, uploads, plays what was understood, takes taps. What
// it shows comes from the server each time, as it does without scripts.

import { canRecord, record } from "./record.js";
import { play } from "./synth.js";

const TAPS_END_MS = 2000;
const LEAST_TAPS = 4;
let recording = null;   // what the microphone gives, while it does
let original = null;    // what was recorded or chosen, for this page alone
let stop = null;        // stops what is played
let started = null;     // when it began, in the taps' time
let taps = [];
let ending = 0;

const block = () => document.getElementById("hum");
const within = (id) => block().querySelector(`#${id}`);

function told(text, wrong = false) {
  const line = within("hum-state") ?? within("hum-told");
  if (!line) return;
  line.textContent = text;
  line.classList.toggle("miss", wrong);
}

// ---- to the server and back -------------------------------------------------------------------

async function send(url, body, focus) {
  hush();
  const card = block();
  card.setAttribute("aria-busy", "true");
  card.querySelectorAll("button").forEach((one) => { one.disabled = true; });
  try {
    const answer = await fetch(url, { method: "POST", body });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const after = page.getElementById("hum");
    if (answer.status === 429) throw new Error(page.querySelector("#hum [role=alert]")?.textContent ?? "too many at once");
    if (after) show(document.importNode(after, true), focus);
    else throw new Error(answer.status === 413 ? "the file is too large" : `it answers ${answer.status}`);
  } catch (error) {
    card.removeAttribute("aria-busy");
    card.querySelectorAll("button").forEach((one) => { one.disabled = false; });
    told(`That did not work: ${error.message}.`, true);
  }
}

function show(after, focus) {
  const used = (card) => [...card.querySelectorAll("input[form=ask]")].map((one) => one.value).join();
  const before = used(block());
  block().replaceWith(after);
  ready();
  const next = focus && [...after.querySelectorAll("button")].find((one) => one.value === focus);
  (next ?? within("hum-told") ?? within("record"))?.focus();
  if (used(after) !== before) {
    document.getElementById("prompt").dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function sound(blob, name, as) {
  original = blob;
  const body = new FormData(document.getElementById("hum-form"));
  body.set("file", blob, name);
  body.set("as", as);
  told(as === "melody" ? "Listening for notes…" : "Measuring…");
  return send("/hum", body);
}

// ---- recording --------------------------------------------------------------------------------

async function toggle() {
  if (recording) {
    const { stop: end } = recording;
    recording = null;
    shown(false);
    const blob = await end();
    if (blob.size > 44) await sound(blob, "hum.wav", "melody");
    return;
  }
  const longest = Number(block().dataset.longest);
  const button = within("record");
  button.disabled = true;
  try {
    recording = await record((seconds, level) => {
      if (!recording) return;
      within("level").value = Math.max(-60, level);
      within("clock").textContent = `${seconds.toFixed(0)} of ${longest} s`;
      if (seconds >= longest) toggle();
    });
    shown(true);
    told("Recording. Hum, whistle or sing “da”.");
  } catch (error) {
    told(error.message, true);
  }
  button.disabled = false;
}

function shown(on) {
  const button = within("record");
  button.classList.toggle("on", on);
  button.querySelector("span").textContent = on ? "Stop, and listen to it" : "Record a hum";
  for (const id of ["level", "clock"]) within(id).hidden = !on;
}

// ---- playing and tapping ----------------------------------------------------------------------

function notes() {
  return [...block().querySelectorAll(".one")]
    .filter((one) => one.querySelector("input").checked)
    .map(({ dataset }) => ({
      start: Number(dataset.start), end: Number(dataset.end),
      pitch: Number(dataset.pitch), velocity: Number(dataset.velocity),
    }));
}

function moved(seconds) {
  const drawing = block().querySelector(".roll");
  const head = within("head");
  if (!drawing || !head) return;
  head.setAttribute("visibility", seconds === null ? "hidden" : "visible");
  const x = 38 + (602 * (seconds ?? 0)) / Number(drawing.dataset.seconds);
  head.setAttribute("x1", x);
  head.setAttribute("x2", x);
}

function hush() {
  stop?.();
  stop = null;
  started = null;
}

function listen() {
  const button = within("listen");
  if (stop) return hush();
  const line = notes();
  if (!line.length) return undefined;
  started = performance.now() + 100;
  button.textContent = "Stop";
  stop = play(line, (seconds) => {
    moved(seconds);
    if (seconds === null) {
      stop = null;
      started = null;
      button.textContent = "Play the notes";
    }
  });
  return undefined;
}

function again() {
  if (stop) return hush();
  const button = within("original");
  const audio = new Audio(URL.createObjectURL(original));
  const end = () => {
    audio.pause();
    URL.revokeObjectURL(audio.src);
    moved(null);
    button.textContent = "Play the recording";
    stop = null;
    started = null;
  };
  audio.addEventListener("timeupdate", () => moved(audio.currentTime));
  audio.addEventListener("playing", () => { started = performance.now() - 1000 * audio.currentTime; });
  audio.addEventListener("ended", end);
  audio.play().catch(end);
  button.textContent = "Stop";
  stop = end;
  return undefined;
}

// Taps while something plays are in its own time and place the beat; others only tell the tempo:
// they are put behind the end, where no beat of the recording is.
function tap() {
  const now = performance.now();
  taps.push(now);
  within("taps").textContent = `${taps.length} tap${taps.length === 1 ? "" : "s"}`;
  const from = started;
  clearTimeout(ending);
  ending = setTimeout(() => {
    const times = taps;
    taps = [];
    if (times.length < LEAST_TAPS) {
      within("taps").textContent = `tap at least ${LEAST_TAPS} beats`;
      return;
    }
    const length = Number(block().querySelector(".roll").dataset.seconds);
    const zero = from ?? times[0] - 1000 * (length + 1);
    block().querySelector("[name=taps]").value = times.map((one) => ((one - zero) / 1000).toFixed(3)).join();
    change("show");
  }, TAPS_END_MS);
}

// ---- one block --------------------------------------------------------------------------------

function change(what) {
  const body = new URLSearchParams(new FormData(document.getElementById("hum-form")));
  body.set("do", what);
  send("/hum/change", body, what);
}

function ready() {
  const card = block();
  const prompt = document.getElementById("prompt");
  if (prompt) prompt.required = !card.querySelector("input[form=ask]");
  if (within("record")) within("record").hidden = !canRecord();
  if (within("listen")) within("listen").hidden = false;
  if (within("tap")) within("tap").hidden = false;
  if (within("original")) within("original").hidden = !original;
  card.querySelectorAll("[name=do][value=show]").forEach((one) => { one.hidden = true; });
}

function faint(box) {
  const bar = block().querySelector(`.note[data-index="${box.value}"]`);
  bar?.classList.toggle("out", !box.checked);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("#hum button");
  if (!button) return;
  const own = { record: toggle, listen, original: again }[button.id];
  if (own) own();
  else if (button.name === "do") {
    event.preventDefault();
    change(button.value);
  } else if (button.name === "as") {
    event.preventDefault();
    const [file] = within("hum-file").files;
    if (file) sound(file, file.name, button.value);
    else told("Choose a file first.", true);
  }
});

// A press, not a click: the moment counts.
document.addEventListener("pointerdown", (event) => {
  if (event.target.closest?.("#tap")) tap();
});
document.addEventListener("keydown", (event) => {
  if (event.target.id === "tap" && !event.repeat && [" ", "Enter"].includes(event.key)) tap();
});

document.addEventListener("change", (event) => {
  if (!event.target.closest?.("#hum")) return;
  if (["tempo", "tempo.other"].includes(event.target.name)) change("show");
  if (event.target.name === "keep") faint(event.target);
});

for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    const card = event.target.closest?.("#hum, #asking");
    const files = within("hum-file");
    if (!card || !files || ![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    block().classList.toggle("over", kind === "dragover");
    if (kind === "drop") {
      files.files = event.dataTransfer.files;
      told(`${files.files[0]?.name ?? "Nothing"}: take its melody, or sound like it?`);
      block().querySelector("[name=as]").focus();
    }
  });
}
ready();
