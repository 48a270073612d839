// Listening to one piece or switching between two, and the keys of both.

import { player } from "./player.js";
import { switched } from "./review_pair.js";

const STEP_S = 2;
const STORED = "wordtone-review-keys";

const told = (text) => { document.getElementById("told").textContent = text; };
const song = document.getElementById("song");
const pair = document.getElementById("pair");
const sound = pair ? switched(pair) : null;
if (song) player(song, told);

const toggle = document.getElementById("shortcuts");
const remembered = (value) => {
  try {
    if (value === undefined) return localStorage.getItem(STORED);
    localStorage.setItem(STORED, value);
  } catch { /* a browser may keep nothing; the keys then work again on the next page */ }
  return null;
};
if (toggle) {
  toggle.checked = remembered() !== "off";
  toggle.addEventListener("change", () => remembered(toggle.checked ? "on" : "off"));
}

const press = (id) => document.getElementById(id)?.click();
const choose = (selector, place) => {
  const radios = [...document.querySelectorAll(selector)];
  if (!radios[place]) return;
  radios[place].checked = true;
  radios[place].focus();
};
const step = (by) => {
  const audio = sound ? sound.audible() : song?.querySelector("audio.mix");
  if (audio?.duration) audio.currentTime = Math.min(audio.duration, Math.max(0, audio.currentTime + by));
};
const actions = {
  p: () => (pair ?? song)?.querySelector(".play").click(),
  a: () => sound?.hear("A"),
  b: () => sound?.hear("B"),
  g: () => document.getElementById("judge")?.requestSubmit(),
  s: () => press("skip"),
  u: () => press("undo"),
  ArrowLeft: () => step(-STEP_S),
  ArrowRight: () => step(STEP_S),
};
for (let n = 1; n <= 5; n += 1) {
  actions[n] = () => choose(pair ? 'input[name="choice.overall"]' : 'input[name="rating"]', n - 1);
}
if (pair) for (const n of [4, 5]) delete actions[n];

// Nothing is taken from whoever types, moves within a group of choices or uses the browser's keys.
const busy = (event) => event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented
  || event.target.closest?.("textarea, select, input:not([type=radio]):not([type=checkbox]), [role=slider], audio")
  || (event.key.startsWith("Arrow") && event.target.closest?.("input"));
document.addEventListener("keydown", (event) => {
  const act = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || !toggle?.checked || event.repeat || busy(event)) return;
  event.preventDefault();
  act();
});
