// Plays a piece: one button, a waveform that fills and seeks, stems to mute and to hear alone, takes
// to hear in its place.

import { voices } from "./voices.js";

const STEP_S = 1;
const LEAP_S = 10;
const pressed = (button) => button.getAttribute("aria-pressed") === "true";

export async function player(song, told) {
  const mix = song.querySelector("audio.mix");
  const play = song.querySelector(".play");
  const wave = song.querySelector(".transport .wave");
  const clock = song.querySelector(".clock");
  if (!mix) return null;
  const filled = song.querySelector("#played rect");
  const instead = voices(mix);

  const drawn = () => {
    const share = mix.duration ? mix.currentTime / mix.duration : 0;
    filled.setAttribute("width", (600 * share).toFixed(1));
    clock.textContent = `${time(mix.currentTime)} / ${time(mix.duration || 0)}`;
    wave.setAttribute("aria-valuenow", mix.currentTime.toFixed(1));
    wave.setAttribute("aria-valuetext", `${mix.currentTime.toFixed(0)} of ${(mix.duration || 0).toFixed(0)} seconds`);
    if (!mix.paused && song.isConnected) requestAnimationFrame(drawn);
  };
  const state = () => {
    play.setAttribute("aria-label", mix.paused ? "Play" : "Pause");
    play.dataset.state = mix.paused ? "paused" : "playing";
    drawn();
  };
  const seek = (to) => {
    mix.currentTime = Math.min(mix.duration, Math.max(0, to));
    drawn();
  };
  play.addEventListener("click", () => (mix.paused ? mix.play() : mix.pause()));
  for (const name of ["play", "pause", "ended"]) mix.addEventListener(name, state);
  seekable(wave, mix, seek);
  listening(song, instead, told);
  await new Promise((done) => {
    if (mix.readyState >= 1) done();
    for (const name of ["loadedmetadata", "error"]) mix.addEventListener(name, done, { once: true });
  });
  wave.setAttribute("aria-valuemax", (mix.duration || 0).toFixed(1));
  play.disabled = !mix.duration;
  if (!mix.duration) told("The sound of this piece cannot be loaded.");
  state();
  return {
    at: () => mix.currentTime,
    playing: () => !mix.paused,
    async resume(at, on) {
      seek(at);
      if (on) await mix.play().catch(() => {});
    },
    leave() {
      mix.pause();
      instead.leave();
    },
  };
}

function seekable(wave, mix, seek) {
  wave.setAttribute("tabindex", "0");
  wave.setAttribute("role", "slider");
  wave.setAttribute("aria-label", "Position in the piece");
  wave.setAttribute("aria-valuemin", "0");
  const to = (event) => {
    const box = wave.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * mix.duration);
  };
  wave.addEventListener("pointerdown", (event) => {
    wave.setPointerCapture(event.pointerId);
    to(event);
  });
  wave.addEventListener("pointermove", (event) => {
    if (wave.hasPointerCapture(event.pointerId)) to(event);
  });
  wave.addEventListener("keydown", (event) => {
    const by = {
      ArrowRight: STEP_S, ArrowUp: STEP_S, ArrowLeft: -STEP_S, ArrowDown: -STEP_S,
      PageUp: LEAP_S, PageDown: -LEAP_S, Home: -Infinity, End: Infinity,
    }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    seek(mix.currentTime + by);
  });
}

// The mix plays until a stem is muted or heard alone, or another take is asked for.
function listening(song, instead, told) {
  const stems = [...song.querySelectorAll(".stem")];
  const takes = [...song.querySelectorAll(".take")];
  const hear = async (wanted, all) => {
    song.setAttribute("aria-busy", "true");
    try {
      await instead.hear(wanted, all);
    } catch {
      told("These sounds cannot be loaded.");
    }
    song.removeAttribute("aria-busy");
  };
  const takeHeard = (row) => {
    for (const other of takes) other.querySelector(".hear").setAttribute("aria-pressed", String(other === row));
  };
  const here = takes.find((row) => pressed(row.querySelector(".hear")));
  const balance = () => {
    const alone = stems.some((row) => pressed(row.querySelector(".solo")));
    const audible = stems.filter((row) =>
      !pressed(row.querySelector(".mute")) && (!alone || pressed(row.querySelector(".solo"))));
    for (const row of stems) row.classList.toggle("quiet", !audible.includes(row));
    takeHeard(here);
    const all = stems.map((row) => row.dataset.src);
    return hear(audible.length === stems.length ? null : audible.map((row) => row.dataset.src), all);
  };
  for (const row of stems) {
    for (const button of row.querySelectorAll(".mute, .solo")) {
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(!pressed(button)));
        balance();
      });
    }
  }
  for (const row of takes) {
    row.querySelector(".hear").addEventListener("click", () => {
      if (row === here) return balance();
      takeHeard(row);
      const all = takes.filter((take) => take !== here).map((take) => take.dataset.src);
      return hear([row.dataset.src], all);
    });
  }
}

function time(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}
