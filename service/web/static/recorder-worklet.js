// On the audio thread: hands every block of the first channel to the page.

class Recorder extends AudioWorkletProcessor {
  process(inputs) {
    const block = inputs[0]?.[0];
    if (block) this.port.postMessage(block.slice());
    return true;
  }
}

registerProcessor("recorder", Recorder);
