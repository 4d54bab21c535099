// Sound without files: two soft tones.

let context: AudioContext | null = null;
/** Browsers allow sound only after the person did something: call from a click. */
export function unlockSound(): void {
  try {
    context ??= new AudioContext();
    if (context.state === 'suspended') void context.resume();
  } catch {
    context = null;
  }
}

/** Where sound can be made, once the browser allows it. */
export function soundContext(): AudioContext | null {
  return context?.state === 'running' ? context : null;
}

/** Two soft tones, made here: nothing to load. */
export function playSound(volume: number): void {
  if (!context || context.state !== 'running') return;
  const start = context.currentTime;
  for (const [index, frequency] of [740, 988].entries()) {
    const tone = context.createOscillator();
    const gain = context.createGain();
    const at = start + index * 0.11;
    tone.type = 'sine';
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(volume * 0.5, at + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.001, at + 0.32);
    tone.connect(gain).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.34);
  }
}
