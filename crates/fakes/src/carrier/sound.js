// A telephone's sound in a page: what the microphone hears becomes A-law frames of 20 ms (G.711, 8 kHz), and such frames are played.

const RATE = 8000;
const FRAME = 160;
// Frames that wait before the first is played, and at most: what is later than that is skipped.
const AHEAD = 3;
const LATE = 15;

const ENDS = [0x1f, 0x3f, 0x7f, 0xff, 0x1ff, 0x3ff, 0x7ff, 0xfff];

function encode(sample) {
  const level = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
  const mask = level < 0 ? 0x55 : 0xd5;
  const size = (level < 0 ? ~level : level) >> 3;
  const segment = ENDS.findIndex((end) => size <= end);
  const step = segment < 2 ? (size >> 1) & 15 : (size >> segment) & 15;
  return ((segment << 4) | step) ^ mask;
}

const DECODED = Float32Array.from({ length: 256 }, (_, coded) => {
  const byte = coded ^ 0x55;
  const segment = (byte >> 4) & 7;
  const step = (byte & 15) << 4;
  const size = segment === 0 ? step + 8 : (step + 0x108) << (segment - 1);
  return (byte & 0x80 ? size : -size) / 32768;
});

class Telephone extends AudioWorkletProcessor {
  constructor() {
    super();
    // Samples of this device for one of the telephone.
    this.ratio = sampleRate / RATE;
    this.said = new Uint8Array(FRAME);
    this.count = 0;
    this.sum = 0;
    this.taken = 0;
    this.due = 0;
    this.frames = [];
    this.at = 0;
    this.playing = false;
    this.port.onmessage = ({ data }) => {
      this.frames.push(data);
      if (this.frames.length > LATE) {
        this.frames.splice(0, this.frames.length - AHEAD);
        this.at = 0;
      }
    };
  }

  process([microphone], [speaker]) {
    const out = speaker[0];
    const heard = microphone[0];
    for (let i = 0; i < out.length; i += 1) {
      this.say(heard ? heard[i] : 0);
      out[i] = this.next();
    }
    for (const other of speaker.slice(1)) other.set(out);
    return true;
  }

  // The mean of the device's samples that fall into one of the telephone's.
  say(sample) {
    this.sum += sample;
    this.taken += 1;
    this.due += 1;
    if (this.due < this.ratio) return;
    this.due -= this.ratio;
    this.said[this.count] = encode(this.sum / this.taken);
    this.count += 1;
    this.sum = 0;
    this.taken = 0;
    if (this.count === FRAME) {
      this.port.postMessage(this.said.slice());
      this.count = 0;
    }
  }

  next() {
    if (!this.playing) {
      if (this.frames.length < AHEAD) return 0;
      this.playing = true;
      this.at = 0;
    }
    const place = Math.floor(this.at);
    const frame = this.frames[0];
    const one = DECODED[frame[place]];
    const other = DECODED[frame[Math.min(place + 1, frame.length - 1)]];
    const sample = one + (other - one) * (this.at - place);
    this.at += 1 / this.ratio;
    if (this.at >= frame.length) {
      this.at -= frame.length;
      this.frames.shift();
      this.playing = this.frames.length > 0;
    }
    return sample;
  }
}

registerProcessor('telephone', Telephone);
