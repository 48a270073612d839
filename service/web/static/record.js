// Records one channel from the microphone as WAV: no codec takes anything away from a hum.

const PLAIN = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 };
const WHY = {
  NotAllowedError: "The microphone may not be used: allow it in the browser, or give a file.",
  NotFoundError: "There is no microphone: give a file instead.",
  NotReadableError: "The microphone is in use by another program.",
  SecurityError: "The microphone works only over HTTPS, or on this machine.",
};

export const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia && window.AudioWorkletNode);

// Starts at once; `heard(seconds, decibels)` is called as it goes. Resolves to an object whose
// `stop()` gives the WAV as a Blob and lets the microphone go. Throws an Error a person can read.
export async function record(heard) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: PLAIN });
  } catch (error) {
    throw new Error(WHY[error.name] ?? `The microphone cannot be used (${error.name}).`);
  }
  const context = new AudioContext();
  const blocks = [];
  let frames = 0;
  const stop = async () => {
    stream.getTracks().forEach((track) => track.stop());
    if (context.state !== "closed") await context.close();
    return wav(blocks, frames, context.sampleRate);
  };
  try {
    await context.audioWorklet.addModule("/static/recorder-worklet.js");
    await context.resume();
    const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
    node.port.onmessage = ({ data }) => {
      blocks.push(data);
      frames += data.length;
      heard(frames / context.sampleRate, decibels(data));
    };
    context.createMediaStreamSource(stream).connect(node);
  } catch (error) {
    await stop();
    throw new Error(`The sound cannot be recorded (${error.message}).`);
  }
  return { stop };
}

function decibels(block) {
  let power = 0;
  for (const sample of block) power += sample * sample;
  return 10 * Math.log10(power / block.length + 1e-9);
}

function wav(blocks, frames, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * frames));
  const text = (at, letters) => [...letters].forEach((one, i) => view.setUint8(at + i, one.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * frames, true);
  text(8, "WAVEfmt ");
  [[16, 16, 4], [20, 1, 2], [22, 1, 2], [24, rate, 4], [28, 2 * rate, 4], [32, 2, 2], [34, 16, 2]]
    .forEach(([at, value, bytes]) => (bytes === 4 ? view.setUint32(at, value, true) : view.setUint16(at, value, true)));
  text(36, "data");
  view.setUint32(40, 2 * frames, true);
  let at = 44;
  for (const block of blocks) {
    for (const sample of block) {
      view.setInt16(at, Math.round(32767 * Math.max(-1, Math.min(1, sample))), true);
      at += 2;
    }
  }
  return new Blob([view.buffer], { type: "audio/wav" });
}
