// Stems and takes that play in the place of the mix. They are decoded once, at first use, and all
// begin in the same sample, so that stems sum to the mix; what is not to be heard is at gain 0.

const FADE_S = 0.008;

export function voices(mix) {
  const loaded = new Map();
  let context = null;
  let heard = null;

  const load = async (url) => {
    if (loaded.has(url)) return loaded.get(url);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const buffer = await context.decodeAudioData(await answer.arrayBuffer());
    const gain = context.createGain();
    gain.gain.value = 0;
    gain.connect(context.destination);
    const voice = { buffer, gain, source: null };
    loaded.set(url, voice);
    return voice;
  };
  const silence = () => {
    for (const voice of loaded.values()) {
      voice.source?.stop();
      voice.source = null;
    }
  };
  const start = () => {
    silence();
    if (!heard || mix.paused) return;
    const when = context.currentTime + 0.02;
    for (const voice of loaded.values()) {
      if (mix.currentTime >= voice.buffer.duration) continue;
      voice.source = context.createBufferSource();
      voice.source.buffer = voice.buffer;
      voice.source.connect(voice.gain);
      voice.source.start(when, mix.currentTime);
    }
  };
  const level = () => {
    mix.muted = heard !== null;
    for (const [url, voice] of loaded) {
      voice.gain.gain.setTargetAtTime(heard?.has(url) ? 1 : 0, context.currentTime, FADE_S);
    }
  };
  mix.addEventListener("playing", start);
  mix.addEventListener("seeked", start);
  for (const end of ["pause", "ended", "waiting"]) mix.addEventListener(end, silence);

  return {
    // Hear these addresses in the place of the mix; null: the mix.
    async hear(wanted, all) {
      heard = wanted && new Set(wanted);
      if (heard) {
        context ??= new AudioContext();
        await context.resume();
        const before = loaded.size;
        await Promise.all([...new Set([...(all ?? []), ...heard])].map(load));
        if (!heard) return;
        if (loaded.size !== before || ![...loaded.values()].some((voice) => voice.source)) start();
      } else silence();
      if (context) level();
    },
    // What can be heard right now, for whoever asks.
    heard: () => (heard ? [...heard] : null),
    leave() {
      silence();
      context?.close();
      context = null;
    },
  };
}
