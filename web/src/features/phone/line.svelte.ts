// The line of this browser: microphone and loudspeaker, connected to the desk by WebRTC while the shift lasts, so that
// answering only switches what is heard. One tab holds it; the others say where it is.
import type { PhoneFrame } from '../../protocol/frames.ts';
import type { Desk } from '../../sync/desk.svelte.ts';
import { onlyG711, troubleOf, type LineTrouble } from '../../ui/devices.ts';

export type LineState = 'off' | 'elsewhere' | 'taken' | 'connecting' | 'ready' | 'failed' | LineTrouble;

/** What the line needs from the browser; tests give their own. */
export interface Media {
  microphone(device: string): Promise<MediaStream>;
  peer(): RTCPeerConnection;
  /** Holds the one line of this browser until `held` resolves; `steal` takes it from another tab. */
  lock(name: string, held: () => Promise<void>, options: { steal?: boolean; signal?: AbortSignal }): Promise<void>;
  secure: boolean;
}

/** Gathering addresses of one machine takes no time; whoever needs longer sends what there is. */
const GATHER_MS = 1_500;
/** Between tries: at once after a hiccup, calmer while the desk is gone. */
const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 15_000;
/** No answer to an offer within this time: the desk has no phone, or forgot. */
const ANSWER_MS = 10_000;
/** Sound comes fifty times a second where it comes at all. */
const LISTEN_MS = 400;
/** Right after a new line, word that one was closed is about the one before. */
const SETTLED_MS = 2_000;

export class Line {
  state: LineState = $state('off');
  /** What the desk said when it refused. */
  reason: string | null = $state(null);
  muted = $state(false);
  /** What is heard. */
  sound: MediaStream | null = $state.raw(null);

  private wanted = false;
  private holds = false;
  private release: (() => void) | null = null;
  private waiting: AbortController | null = null;
  private peer: RTCPeerConnection | null = null;
  private stream: MediaStream | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private tries = 0;
  private attempt = 0;
  private offeredAt = 0;

  constructor(
    private readonly desk: Desk,
    private readonly media: Media,
    private readonly device: () => string,
  ) {}

  /** The shift has begun, or is over. */
  want(wanted: boolean): void {
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    if (wanted) void this.take(false);
    else this.letGo();
  }

  /** This tab shall have the line. */
  takeOver(): void {
    this.letGo();
    this.wanted = true;
    void this.take(true);
  }

  /** Tries again, as the person asked: the click also lets the browser ask for the microphone. */
  retry(): void {
    this.tries = 0;
    if (this.holds) void this.connect();
    else if (this.wanted) void this.take(false);
  }

  /** Another microphone was chosen. */
  async changeMicrophone(): Promise<void> {
    if (!this.peer || !this.stream) return;
    try {
      const stream = await this.media.microphone(this.device());
      const [track] = stream.getAudioTracks();
      if (!track || !this.peer) return;
      track.enabled = !this.muted;
      await this.peer.getSenders().find((it) => it.track?.kind === 'audio')?.replaceTrack(track);
      for (const old of this.stream.getTracks()) old.stop();
      this.stream = stream;
    } catch {
      // The old one goes on.
    }
  }

  /** Ends what this browser is connected to, and begins anew. */
  renew(): void {
    this.desk.socket.send({ type: 'phone.bye' });
    this.tries = 0;
    if (this.holds) void this.connect();
  }

  mute(muted: boolean): void {
    this.muted = muted;
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** The websocket is there again: what was agreed through it may be gone. */
  socketLive(): void {
    if (!this.holds) return;
    void this.hears().then((hears) => {
      // Sound that still flows is not interrupted; else the desk may have been started again, and knows nothing of this line.
      if (hears || !this.holds) return;
      this.tries = 0;
      void this.connect();
    });
  }

  /** Whether sound arrives at this moment. */
  private async hears(): Promise<boolean> {
    const { peer } = this;
    if (peer?.connectionState !== 'connected') return false;
    const before = await received(peer);
    await new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
    return this.peer === peer && (await received(peer)) > before;
  }

  receive(frame: PhoneFrame): void {
    if (!this.holds) return;
    if (frame.type === 'phone.answer') void this.answered(frame.sdp);
    else if (frame.type === 'phone.error') {
      this.reason = frame.message;
      this.failed();
    } else if (frame.state === 'closed' && this.state === 'ready' && Date.now() - this.offeredAt > SETTLED_MS) this.closed();
  }

  stop(): void {
    this.wanted = false;
    this.letGo();
  }

  private async take(steal: boolean): Promise<void> {
    if (!this.media.secure) {
      this.state = 'insecure';
      return;
    }
    this.state = 'elsewhere';
    const waiting = new AbortController();
    this.waiting = waiting;
    try {
      await this.media.lock(
        `plugboard phone ${this.desk.me.id}`,
        () => {
          if (!this.wanted || waiting.signal.aborted) return Promise.resolve();
          this.holds = true;
          this.tries = 0;
          void this.connect();
          return new Promise<void>((resolve) => (this.release = resolve));
        },
        steal ? { steal } : { signal: waiting.signal },
      );
    } catch {
      // Taken over by another tab, or not wanted any more.
      if (this.waiting !== waiting) return;
      this.close();
      this.holds = false;
      if (this.wanted) void this.take(false);
    }
  }

  private letGo(): void {
    if (this.holds) this.desk.socket.send({ type: 'phone.bye' });
    this.close();
    this.holds = false;
    const waiting = this.waiting;
    this.waiting = null;
    this.release?.();
    this.release = null;
    if (waiting && !waiting.signal.aborted) waiting.abort();
    this.state = 'off';
  }

  private async connect(): Promise<void> {
    this.close();
    const attempt = (this.attempt += 1);
    const current = () => this.holds && attempt === this.attempt;
    this.state = 'connecting';
    this.reason = null;
    try {
      const stream = await this.media.microphone(this.device());
      if (!current()) return stop(stream);
      this.stream = stream;
      this.mute(this.muted);
    } catch (error) {
      if (current()) this.state = troubleOf(error);
      return;
    }
    try {
      const peer = this.media.peer();
      this.peer = peer;
      for (const track of this.stream.getAudioTracks()) peer.addTrack(track, this.stream);
      onlyG711(peer);
      peer.ontrack = (event) => {
        if (current()) this.sound = event.streams[0] ?? new MediaStream([event.track]);
      };
      peer.onconnectionstatechange = () => {
        if (!current()) return;
        if (peer.connectionState === 'connected') {
          this.state = 'ready';
          this.tries = 0;
          clearTimeout(this.timer);
        } else if (peer.connectionState === 'failed' || peer.connectionState === 'closed') this.failed();
      };
      await peer.setLocalDescription(await peer.createOffer());
      await gathered(peer);
      if (!current() || !peer.localDescription) return;
      this.offeredAt = Date.now();
      if (!this.desk.socket.send({ type: 'phone.offer', sdp: peer.localDescription.sdp })) return this.failed();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => current() && this.state === 'connecting' && this.failed(), ANSWER_MS);
    } catch {
      if (current()) this.failed();
    }
  }

  private async answered(sdp: string): Promise<void> {
    try {
      if (this.peer?.signalingState === 'have-local-offer') await this.peer.setRemoteDescription({ type: 'answer', sdp });
    } catch {
      this.failed();
    }
  }

  /** The desk let this line go. While nothing is wrong here, another browser of this person took it: two that took it from each
   * other for ever would help nobody. */
  private closed(): void {
    if (this.peer?.connectionState !== 'connected') return this.failed();
    this.close();
    this.state = 'taken';
  }

  private failed(): void {
    const reason = this.reason;
    this.close();
    this.state = 'failed';
    this.reason = reason;
    const wait = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.tries);
    this.tries += 1;
    this.timer = setTimeout(() => {
      if (this.holds && this.desk.connection === 'live') void this.connect();
    }, wait);
  }

  private close(): void {
    clearTimeout(this.timer);
    this.attempt += 1;
    const { peer, stream } = this;
    this.peer = null;
    this.stream = null;
    this.sound = null;
    if (peer) {
      peer.onconnectionstatechange = peer.ontrack = null;
      peer.close();
    }
    if (stream) stop(stream);
  }
}

async function received(peer: RTCPeerConnection): Promise<number> {
  let packets = 0;
  for (const it of (await peer.getStats()).values()) if (it.type === 'inbound-rtp') packets += (it as RTCInboundRtpStreamStats).packetsReceived ?? 0;
  return packets;
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

function gathered(peer: RTCPeerConnection): Promise<void> {
  if (peer.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GATHER_MS);
    peer.addEventListener('icegatheringstatechange', () => {
      if (peer.iceGatheringState !== 'complete') return;
      clearTimeout(timer);
      resolve();
    });
  });
}
