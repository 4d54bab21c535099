// The ring tone: a small motif of our own, made here. Nothing to load, nothing of anybody else.
import { soundContext } from './sound.ts';

/** Two bars of a marimba: rises, answers, rests. */
const NOTES: [at: number, frequency: number][] = [
  [0, 523.25],
  [0.16, 659.26],
  [0.32, 783.99],
  [0.48, 1046.5],
  [0.8, 783.99],
  [0.96, 1046.5],
];
const EVERY_MS = 2600;
const NOTE_SECS = 0.42;

function bar(context: AudioContext, volume: number): void {
  for (const [after, frequency] of NOTES) {
    const start = context.currentTime + 0.02 + after;
    for (const [times, loud] of [[1, 0.5], [3.93, 0.09]] as const) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.type = 'sine';
      tone.frequency.value = frequency * times;
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(volume * loud, start + 0.008);
      gain.gain.exponentialRampToValueAtTime(0.0008, start + NOTE_SECS);
      tone.connect(gain).connect(context.destination);
      tone.start(start);
      tone.stop(start + NOTE_SECS + 0.02);
    }
  }
}

/** Rings until the returned function is called. Without leave to make sound it is silent, and begins once there is one. */
export function startRing(volume: () => number): () => void {
  const ring = () => {
    const context = soundContext();
    if (context) bar(context, volume());
  };
  ring();
  const timer = setInterval(ring, EVERY_MS);
  return () => clearInterval(timer);
}

/** Once, to hear how loud it is. */
export function ringOnce(volume: number): void {
  const context = soundContext();
  if (context) bar(context, volume);
}
