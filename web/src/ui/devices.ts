// The browser's side of a line: devices, and which formats are offered.

export type LineTrouble = 'denied' | 'missing' | 'busy' | 'insecure';

/** Why there is no microphone. */
export function troubleOf(error: unknown): LineTrouble {
  switch (error instanceof Error || error instanceof DOMException ? error.name : '') {
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'denied';
  }
}

const WANTED = ['audio/pcma', 'audio/pcmu', 'audio/telephone-event'];

/** Telephone lines speak G.711: offered alone, nobody on the way has to translate. */
export function onlyG711(peer: RTCPeerConnection): void {
  const codecs = typeof RTCRtpReceiver === 'undefined' ? [] : (RTCRtpReceiver.getCapabilities?.('audio')?.codecs ?? []);
  const kept = codecs.filter((it) => WANTED.includes(it.mimeType.toLowerCase()) && (it.clockRate ?? 8000) === 8000);
  if (kept.length === 0) return;
  kept.sort((a, b) => WANTED.indexOf(a.mimeType.toLowerCase()) - WANTED.indexOf(b.mimeType.toLowerCase()));
  for (const transceiver of peer.getTransceivers()) transceiver.setCodecPreferences?.(kept);
}

export async function openMicrophone(device: string): Promise<MediaStream> {
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { ...audio, ...(device && { deviceId: { exact: device } }) } });
  } catch (error) {
    // The one that was chosen is not plugged in today: any other is better than none.
    if (device && error instanceof Error && error.name === 'OverconstrainedError') return navigator.mediaDevices.getUserMedia({ audio });
    throw error;
  }
}

export interface Device {
  id: string;
  name: string;
}

/** Microphones and loudspeakers; without names until the microphone was allowed. */
export async function devices(): Promise<{ microphones: Device[]; speakers: Device[] }> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const of = (kind: MediaDeviceKind) => all.filter((it) => it.kind === kind && it.deviceId && it.deviceId !== 'default' && it.label).map((it) => ({ id: it.deviceId, name: it.label }));
  return { microphones: of('audioinput'), speakers: of('audiooutput') };
}

/** Plays a stream, on the loudspeaker that was chosen if it is there. */
export async function playOn(element: HTMLAudioElement, speaker: string): Promise<void> {
  const sink = element as HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };
  await sink.setSinkId?.(speaker).catch(() => {});
}
