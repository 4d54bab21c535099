import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Line, type Media } from '../../src/features/phone/line.svelte.ts';
import type { Desk } from '../../src/sync/desk.svelte.ts';
import { troubleOf } from '../../src/ui/devices.ts';

class Track {
  kind = 'audio';
  enabled = true;
  stopped = false;
  stop(): void {
    this.stopped = true;
  }
}

class Peer {
  connectionState = 'new';
  signalingState = 'stable';
  iceGatheringState = 'complete';
  localDescription: { sdp: string } | null = null;
  packets = 0;
  onconnectionstatechange: (() => void) | null = null;
  ontrack: unknown = null;
  closed = false;
  addTrack(): void {}
  getTransceivers(): unknown[] {
    return [];
  }
  createOffer = async () => ({ type: 'offer', sdp: 'v=0 offer' });
  async setLocalDescription(it: { sdp: string }): Promise<void> {
    this.localDescription = it;
    this.signalingState = 'have-local-offer';
  }
  async setRemoteDescription(): Promise<void> {
    this.signalingState = 'stable';
  }
  async getStats(): Promise<Map<string, unknown>> {
    return new Map([['a', { type: 'inbound-rtp', packetsReceived: this.packets }]]);
  }
  close(): void {
    this.closed = true;
  }
  become(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

let sent: { type: string }[];
let peers: Peer[];
let tracks: Track[];
let refusal: Error | null;
/** Ends the lock as another tab would that takes it. */
let stolen: (() => void) | null;
let waiting: (() => void) | null;
let free: boolean;

function made(): Line {
  const media: Media = {
    secure: true,
    async microphone() {
      if (refusal) throw refusal;
      const track = new Track();
      tracks.push(track);
      return { getTracks: () => [track], getAudioTracks: () => [track] } as unknown as MediaStream;
    },
    peer: () => {
      const peer = new Peer();
      peers.push(peer);
      return peer as unknown as RTCPeerConnection;
    },
    lock: (_, held, { steal }) =>
      new Promise((resolve, reject) => {
        const take = () => {
          stolen = () => reject(new Error('stolen'));
          void held().then(resolve);
        };
        if (free || steal) take();
        else waiting = take;
      }),
  };
  const desk = { me: { id: 'agt_me' }, connection: 'live', socket: { send: (frame: { type: string }) => (sent.push(frame), true) } };
  return new Line(desk as unknown as Desk, media, () => '');
}

const settle = () => vi.advanceTimersByTimeAsync(20);
const offers = () => sent.filter((it) => it.type === 'phone.offer').length;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  peers = [];
  tracks = [];
  refusal = null;
  stolen = waiting = null;
  free = true;
});
afterEach(() => vi.useRealTimers());

async function ready(): Promise<Line> {
  const line = made();
  line.want(true);
  await settle();
  line.receive({ type: 'phone.answer', sdp: 'v=0 answer' });
  await settle();
  peers[0]!.become('connected');
  return line;
}

describe('the line', () => {
  it('is there when the shift begins, and gone when it ends', async () => {
    const line = await ready();
    expect(line.state).toBe('ready');
    expect(sent).toMatchObject([{ type: 'phone.offer', sdp: 'v=0 offer' }]);
    line.want(false);
    expect(line.state).toBe('off');
    expect(sent.at(-1)).toEqual({ type: 'phone.bye' });
    expect(peers[0]!.closed && tracks[0]!.stopped).toBe(true);
  });

  it('mutes what is sent, also what a line that is made anew sends', async () => {
    const line = await ready();
    line.mute(true);
    expect(tracks[0]!.enabled).toBe(false);
    line.renew();
    await settle();
    expect(tracks[1]!.enabled).toBe(false);
    expect(tracks[0]!.stopped).toBe(true);
  });

  it('says why there is no microphone, and asks again when told to', async () => {
    refusal = new DOMException('no', 'NotAllowedError');
    const line = made();
    line.want(true);
    await settle();
    expect(line.state).toBe('denied');
    expect(offers()).toBe(0);
    refusal = null;
    line.retry();
    await settle();
    expect(line.state).toBe('connecting');
    expect(troubleOf(new DOMException('', 'NotFoundError'))).toBe('missing');
    expect(troubleOf(new DOMException('', 'NotReadableError'))).toBe('busy');
  });

  it('tries again by itself when it broke, or was never answered', async () => {
    const line = await ready();
    peers[0]!.become('failed');
    expect(line.state).toBe('failed');
    await vi.advanceTimersByTimeAsync(600);
    expect(offers()).toBe(2);
    await vi.advanceTimersByTimeAsync(10_100);
    expect(line.state).toBe('failed');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(offers()).toBe(3);
  });

  it('says what the desk said, and waits longer each time', async () => {
    const line = made();
    line.want(true);
    await settle();
    line.receive({ type: 'phone.error', message: 'telephony is not available' });
    expect(line).toMatchObject({ state: 'failed', reason: 'telephony is not available' });
    await vi.advanceTimersByTimeAsync(600);
    line.receive({ type: 'phone.error', message: 'telephony is not available' });
    await vi.advanceTimersByTimeAsync(600);
    expect(offers()).toBe(2);
    await vi.advanceTimersByTimeAsync(600);
    expect(offers()).toBe(3);
  });

  it('is left alone after a hiccup of the websocket while sound flows, and made anew when it does not', async () => {
    const line = await ready();
    const flowing = setInterval(() => (peers[0]!.packets += 1), 20);
    line.socketLive();
    await vi.advanceTimersByTimeAsync(500);
    expect(offers()).toBe(1);
    clearInterval(flowing);
    line.socketLive();
    await vi.advanceTimersByTimeAsync(500);
    expect(offers()).toBe(2);
  });

  it('is not taken back from another browser of the same person', async () => {
    const line = await ready();
    await vi.advanceTimersByTimeAsync(3_000);
    line.receive({ type: 'phone.state', state: 'closed' });
    expect(line.state).toBe('taken');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(offers()).toBe(1);
    line.retry();
    await settle();
    expect(offers()).toBe(2);
    // Word of the line before, right after: not about this one.
    line.receive({ type: 'phone.answer', sdp: 'v=0 answer' });
    await settle();
    peers[1]!.become('connected');
    line.receive({ type: 'phone.state', state: 'closed' });
    expect(line.state).toBe('ready');
  });

  it('is in one tab: another one waits, and has it when it is free, or takes it', async () => {
    free = false;
    const line = made();
    line.want(true);
    await settle();
    expect(line.state).toBe('elsewhere');
    expect(offers()).toBe(0);
    waiting?.();
    await settle();
    expect(line.state).toBe('connecting');
    stolen?.();
    await settle();
    expect(line.state).toBe('elsewhere');
    expect(peers[0]!.closed).toBe(true);
    line.takeOver();
    await settle();
    expect(line.state).toBe('connecting');
    expect(offers()).toBe(2);
  });
});
