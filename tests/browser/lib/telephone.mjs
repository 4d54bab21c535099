// A telephone: it calls over SIP, or is called, says a tone in A-law, and knows what it hears, digits included. Enough of SIP for
// one call at a time on loopback; other telephones are tried elsewhere.
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";

const FRAME = 160;
const A_LAW = 8;
const EVENTS = 101;
const KEYS = "0123456789*#ABCD";
/** A second of what was heard. */
const HEARD_MAX = 8_000;

const token = () => randomBytes(6).toString("hex");

function encode(sample) {
  const sign = sample < 0 ? 0 : 0x80;
  const size = Math.min(32_635, Math.abs(sample)) >> 4;
  let exponent = 0;
  for (let it = size >> 5; it > 0; it >>= 1) exponent += 1;
  const mantissa = exponent === 0 ? (size >> 1) & 15 : (size >> exponent) & 15;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

function decode(byte) {
  const it = byte ^ 0x55;
  const exponent = (it >> 4) & 7;
  const size = exponent === 0 ? ((it & 15) << 4) + 8 : (((it & 15) << 4) + 0x108) << (exponent - 1);
  return it & 0x80 ? size : -size;
}

/** Which share of some samples is one tone: 0 to 1 (Goertzel). */
function share(samples, hertz) {
  const turn = 2 * Math.cos((2 * Math.PI * hertz) / 8_000);
  let [one, two, energy] = [0, 0, 0];
  for (const it of samples) {
    [one, two] = [it + turn * one - two, one];
    energy += it * it;
  }
  return energy === 0 ? 0 : Math.min(1, (2 * (one * one + two * two - turn * one * two)) / (samples.length * energy));
}

/** A message of SIP: its first line, its headers by lower-case names, its body. */
function parse(bytes) {
  const [head, body = ""] = bytes.toString().split("\r\n\r\n");
  const [first, ...lines] = head.split("\r\n");
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")).trim().toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  return { first, headers, body };
}

export class Telephone {
  /** The digits that were heard. */
  digits = "";
  state = "idle";
  #heard = [];
  #peer = null;
  #remote = null;
  #dialog = null;
  #sequence = 1;
  #time = 0;
  #event = null;
  #at = 0;

  static async open({ hertz = 440, answers = false } = {}) {
    const self = new Telephone();
    self.hertz = hertz;
    self.answers = answers;
    [self.sip, self.rtp] = [createSocket("udp4"), createSocket("udp4")];
    await Promise.all([self.sip, self.rtp].map((socket) => new Promise((resolve) => socket.bind(0, "127.0.0.1", resolve))));
    self.port = self.sip.address().port;
    self.sip.on("message", (bytes, from) => self.#signalled(parse(bytes), from.port));
    self.rtp.on("message", (bytes) => self.#hears(bytes));
    self.timer = setInterval(() => self.#says(), 20);
    return self;
  }

  close() {
    clearInterval(this.timer);
    for (const socket of [this.sip, this.rtp]) socket.close();
  }

  /** Calls a number of the desk that listens on this port. */
  call(desk, number, from = "13800138000") {
    Object.assign(this, { state: "calling", digits: "" });
    this.#remote = desk;
    this.#dialog = { id: token(), local: `<sip:${from}@127.0.0.1>;tag=${token()}`, remote: `<sip:${number}@127.0.0.1>`, target: `sip:${number}@127.0.0.1:${desk}`, sequence: 1, invite: token() };
    this.#request("INVITE", this.#offer());
  }

  hangUp() {
    if (this.state === "up") this.#request("BYE");
    this.#over();
  }

  /** Forgets what was heard until now. */
  deaf() {
    this.#heard = [];
  }

  /** True when the last half second was nothing but this tone. */
  hearsTone(hertz) {
    return this.#heard.length >= 4_000 && share(this.#heard.slice(-4_000), hertz) > 0.6;
  }

  /** True when the last half second was loud. */
  hearsSomething() {
    const last = this.#heard.slice(-4_000);
    return last.length >= 4_000 && Math.sqrt(last.reduce((sum, it) => sum + it * it, 0) / last.length) > 300;
  }

  #offer() {
    const { port } = this.rtp.address();
    return ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0", `m=audio ${port} RTP/AVP ${A_LAW} ${EVENTS}`, `a=rtpmap:${A_LAW} PCMA/8000`, `a=rtpmap:${EVENTS} telephone-event/8000`, `a=fmtp:${EVENTS} 0-15`, "a=sendrecv", ""].join("\r\n");
  }

  #send(lines, body = "") {
    const more = body ? ["Content-Type: application/sdp"] : [];
    this.sip.send([...lines, ...more, `Content-Length: ${body.length}`, "", body].join("\r\n"), this.#remote, "127.0.0.1");
  }

  /** The acknowledgement of a refusal belongs to what was refused; any other is a request of its own. */
  #request(method, body = "", refused = false) {
    const it = this.#dialog;
    if (method !== "ACK" && method !== "INVITE") it.sequence += 1;
    const branch = method === "INVITE" || refused ? it.invite : token();
    this.#send([`${method} ${it.target} SIP/2.0`, `Via: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK${branch}`, "Max-Forwards: 70", `From: ${it.local}`, `To: ${it.remote}`, `Call-ID: ${it.id}`, `CSeq: ${it.sequence} ${method}`, `Contact: <sip:telephone@127.0.0.1:${this.port}>`], body);
  }

  #signalled({ first, headers, body }, from) {
    if (first.startsWith("SIP/2.0 ")) {
      if (headers.get("call-id") !== this.#dialog?.id || !headers.get("cseq").endsWith("INVITE")) return;
      const code = Number(first.split(" ")[1]);
      if (code < 200) return;
      this.#dialog.remote = headers.get("to");
      if (code < 300) {
        this.#dialog.target = /<([^>]+)>/.exec(headers.get("contact"))?.[1] ?? this.#dialog.target;
        this.#described(body);
        this.state = "up";
      } else this.#over();
      this.#request("ACK", "", code >= 300);
      return;
    }
    const method = first.split(" ")[0];
    if (method === "ACK") return;
    this.#remote = from;
    const reply = (code, text, more = "", extra = []) =>
      this.#send([`SIP/2.0 ${code} ${text}`, ...["via", "from"].map((it) => `${it === "via" ? "Via" : "From"}: ${headers.get(it)}`), `To: ${headers.get("to")}${/;tag=/.test(headers.get("to")) ? "" : `;tag=${this.#tag}`}`, `Call-ID: ${headers.get("call-id")}`, `CSeq: ${headers.get("cseq")}`, ...extra], more);
    if (method === "INVITE" && this.state !== "up" && this.answers) {
      this.#tag = token();
      this.#described(body);
      this.#dialog = { id: headers.get("call-id"), local: `${headers.get("to")};tag=${this.#tag}`, remote: headers.get("from"), target: /<([^>]+)>/.exec(headers.get("contact"))?.[1], sequence: 1, invite: token() };
      this.state = "up";
    } else if (method === "INVITE") this.#described(body);
    reply(200, "OK", method === "INVITE" ? this.#offer() : "", [`Contact: <sip:telephone@127.0.0.1:${this.port}>`]);
    if (method === "BYE") this.#over();
  }

  #tag = "";

  #described(body) {
    const port = Number(/m=audio (\d+)/.exec(body)?.[1]);
    if (port) this.#peer = port;
  }

  #over() {
    this.state = "over";
    this.#peer = null;
  }

  #hears(bytes) {
    const type = bytes[1] & 127;
    if (type === EVENTS) {
      const time = bytes.readUInt32BE(4);
      // Its end comes three times, with the same time.
      if (bytes[13] & 0x80 && this.#event !== time) {
        this.#event = time;
        this.digits += KEYS[bytes[12]] ?? "?";
      }
    } else if (type === A_LAW) {
      for (const it of bytes.subarray(12)) this.#heard.push(decode(it));
      if (this.#heard.length > HEARD_MAX) this.#heard = this.#heard.slice(-HEARD_MAX);
    }
  }

  #says() {
    if (!this.#peer) return;
    const packet = Buffer.alloc(12 + FRAME);
    packet[0] = 0x80;
    packet[1] = A_LAW;
    packet.writeUInt16BE((this.#sequence += 1) & 0xffff, 2);
    packet.writeUInt32BE((this.#time += FRAME) >>> 0, 4);
    packet.writeUInt32BE(7, 8);
    for (let at = 0; at < FRAME; at += 1) packet[12 + at] = encode(Math.round(8_000 * Math.sin((2 * Math.PI * this.hertz * (this.#at += 1)) / 8_000)));
    this.rtp.send(packet, this.#peer, "127.0.0.1");
  }
}
