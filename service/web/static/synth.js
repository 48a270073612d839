// Plays notes: a soft tone each, so that one can hear whether they are what was meant.

// `notes`: {start, end, pitch, velocity}, seconds and MIDI numbers. `at(seconds)` is called as it
// plays, and with null at the end. Returns a function that stops it.
export function play(notes, at) {
  const context = new AudioContext();
  const begin = context.currentTime + 0.1;
  const end = Math.max(...notes.map((note) => note.end)) + 0.2;
  for (const note of notes) tone(context, begin, note);
  let stopped = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    context.close();
    at(null);
  };
  const step = () => {
    if (stopped) return;
    const now = context.currentTime - begin;
    if (now > end) stop();
    else {
      at(Math.max(0, now));
      requestAnimationFrame(step);
    }
  };
  context.resume();
  step();
  return stop;
}

function tone(context, begin, { start, end, pitch, velocity }) {
  const [from, to] = [begin + start, begin + Math.max(end, start + 0.08)];
  const wave = new OscillatorNode(context, { type: "triangle", frequency: 440 * 2 ** ((pitch - 69) / 12) });
  const gain = new GainNode(context, { gain: 0 });
  const loud = 0.35 * (velocity / 127);
  gain.gain.setValueAtTime(0, from);
  gain.gain.linearRampToValueAtTime(loud, from + 0.02);
  gain.gain.setTargetAtTime(0.6 * loud, from + 0.02, 0.15);
  gain.gain.setTargetAtTime(0, to - 0.04, 0.03);
  wave.connect(gain).connect(context.destination);
  wave.start(from);
  wave.stop(to + 0.2);
}
