// Two pieces on one clock: switching goes on at the same place, and both are equally loud.

export function switched(pair) {
  const play = pair.querySelector(".play");
  const clock = pair.querySelector(".clock");
  const hearing = pair.querySelector("#hearing");
  const sides = [...pair.querySelectorAll(".side")].map((row) => ({
    name: row.dataset.side,
    audio: row.querySelector("audio"),
    button: row.querySelector(".hear"),
    wave: row.querySelector(".wave"),
    filled: row.querySelector("clipPath rect"),
    volume: Number(row.dataset.volume),
  }));
  let current = sides[0];
  const place = () => current.audio.currentTime;
  for (const side of sides) side.audio.volume = Math.min(1, Math.max(0, side.volume));

  const drawn = () => {
    for (const { audio, filled } of sides) {
      filled.setAttribute("width", (600 * (audio.duration ? Math.min(1, place() / audio.duration) : 0)).toFixed(1));
    }
    clock.textContent = `${time(place())} / ${time(current.audio.duration || 0)}`;
    if (!current.audio.paused) requestAnimationFrame(drawn);
  };
  const state = () => {
    const playing = !current.audio.paused;
    play.dataset.state = playing ? "playing" : "paused";
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
    drawn();
  };
  const hear = (name) => {
    const next = sides.find((side) => side.name === name);
    const before = current;
    if (!next || next === before) return;
    const playing = !before.audio.paused;
    // A shorter piece has nothing at that place: it begins again.
    next.audio.currentTime = place() < next.audio.duration ? place() : 0;
    current = next;
    before.audio.pause();
    if (playing) next.audio.play();
    for (const side of sides) side.button.setAttribute("aria-pressed", String(side === next));
    hearing.textContent = `Hearing ${next.name}`;
    state();
  };

  play.addEventListener("click", () => (current.audio.paused ? current.audio.play() : current.audio.pause()));
  const ready = () => { play.disabled = !sides.every((side) => side.audio.duration); drawn(); };
  for (const side of sides) {
    side.button.addEventListener("click", () => hear(side.name));
    for (const name of ["play", "pause", "ended", "seeked"]) side.audio.addEventListener(name, state);
    side.audio.addEventListener("loadedmetadata", ready);
    side.wave.addEventListener("click", (event) => {
      const box = side.wave.getBoundingClientRect();
      current.audio.currentTime = ((event.clientX - box.left) / box.width) * (current.audio.duration || 0);
    });
  }
  ready();
  return { hear, audible: () => current.audio };
}

function time(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}
