// Plays a piece: one button, a waveform that fills and seeks, stems to mute and to hear alone.

const STEPS_S = 5;

export async function player(song) {
  const audio = song.querySelector("audio.mix");
  const play = song.querySelector("#play");
  const wave = song.querySelector(".wave");
  const clock = song.querySelector(".clock");
  if (!audio || !play) return;
  song.classList.add("scripted");
  const bars = [...wave.querySelectorAll("rect")];
  const mixer = stems(song, audio);

  const drawn = () => {
    const share = audio.duration ? audio.currentTime / audio.duration : 0;
    bars.forEach((bar, i) => bar.classList.toggle("done", i < share * bars.length));
    clock.textContent = `${time(audio.currentTime)} / ${time(audio.duration || 0)}`;
    wave.setAttribute("aria-valuenow", audio.currentTime.toFixed(1));
    wave.setAttribute("aria-valuetext", clock.textContent);
    if (!audio.paused) requestAnimationFrame(drawn);
  };
  const state = () => {
    play.setAttribute("aria-label", audio.paused ? "Play" : "Pause");
    play.dataset.state = audio.paused ? "paused" : "playing";
    drawn();
  };
  const seek = (to) => {
    audio.currentTime = Math.min(audio.duration, Math.max(0, to));
    mixer.seek(audio.currentTime);
    drawn();
  };

  play.addEventListener("click", () => (audio.paused ? audio.play() : audio.pause()));
  audio.addEventListener("play", () => { mixer.play(); state(); });
  audio.addEventListener("pause", () => { mixer.pause(); state(); });
  audio.addEventListener("ended", () => { mixer.pause(); state(); });
  wave.addEventListener("click", (event) => {
    const box = wave.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * audio.duration);
  });
  wave.setAttribute("tabindex", "0");
  wave.setAttribute("role", "slider");
  wave.setAttribute("aria-label", "Position in the piece");
  wave.setAttribute("aria-valuemin", "0");
  wave.addEventListener("keydown", (event) => {
    const step = { ArrowRight: STEPS_S, ArrowUp: STEPS_S, ArrowLeft: -STEPS_S, ArrowDown: -STEPS_S };
    if (event.key in step) {
      event.preventDefault();
      seek(audio.currentTime + step[event.key]);
    }
  });
  await new Promise((done) => {
    if (audio.readyState >= 1) done();
    audio.addEventListener("loadedmetadata", done, { once: true });
    audio.addEventListener("error", done, { once: true });
    audio.load();
  });
  wave.setAttribute("aria-valuemax", String(audio.duration || 0));
  play.disabled = !audio.duration;
  state();
}

// The mix plays until a stem is muted or heard alone; from then on the stems play in its place.
function stems(song, mix) {
  const rows = [...song.querySelectorAll(".stem")].map((row) => ({
    audio: row.querySelector("audio"),
    mute: row.querySelector(".mute"),
    solo: row.querySelector(".solo"),
  }));
  const on = (button) => button.getAttribute("aria-pressed") === "true";
  let apart = false;
  const level = () => {
    const alone = rows.some((row) => on(row.solo));
    apart = alone || rows.some((row) => on(row.mute));
    mix.muted = apart;
    for (const row of rows) {
      row.audio.muted = !apart || on(row.mute) || (alone && !on(row.solo));
      if (apart && !mix.paused && row.audio.paused) {
        row.audio.currentTime = mix.currentTime;
        row.audio.play();
      }
    }
  };
  for (const row of rows) {
    for (const button of [row.mute, row.solo]) {
      button.hidden = false;
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(!on(button)));
        level();
      });
    }
  }
  return {
    play: () => { seekAll(rows, mix.currentTime); if (apart) rows.forEach((row) => row.audio.play()); },
    pause: () => rows.forEach((row) => row.audio.pause()),
    seek: (at) => seekAll(rows, at),
  };
}

function seekAll(rows, at) {
  for (const row of rows) row.audio.currentTime = at;
}

function time(seconds) {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
}
