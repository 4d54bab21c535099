/** Two soft notes, made on the spot: no file to load. */
export function chime(): void {
  try {
    const audio = new AudioContext();
    const start = audio.currentTime;
    for (const [delay, pitch] of [[0, 660], [0.11, 880]] as const) {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, start + delay);
      volume.gain.linearRampToValueAtTime(0.09, start + delay + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.0001, start + delay + 0.28);
      tone.connect(volume).connect(audio.destination);
      tone.start(start + delay);
      tone.stop(start + delay + 0.3);
    }
    setTimeout(() => void audio.close(), 700);
  } catch {
    // The browser wants a click first.
  }
}
