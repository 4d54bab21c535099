// The two ends of mail for a journey: a mail server that hands mail over by LMTP, and one that takes what the desk sends.
import { connect, createServer } from "node:net";

/** Hands one mail over, as a mail server on the same machine does; throws with the answer when it is not taken. */
export function deliver(port, { from, to, source }) {
  return new Promise((resolve, reject) => {
    const lines = [`LHLO localhost`, `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, "DATA", null, "QUIT"];
    const body = `${source.replace(/\r?\n/g, "\r\n").replace(/^\./gm, "..")}\r\n.\r\n`;
    const socket = connect(port, "127.0.0.1");
    let seen = "";
    let taken = "";
    socket.setEncoding("utf8");
    socket.on("error", reject);
    socket.on("data", (text) => {
      seen += text;
      for (let end = seen.indexOf("\n"); end >= 0; end = seen.indexOf("\n")) {
        const line = seen.slice(0, end).trimEnd();
        seen = seen.slice(end + 1);
        if (/^\d{3}-/.test(line)) continue;
        if (!/^[23]/.test(line)) return reject(new Error(`LMTP: ${line}`));
        const next = lines.shift();
        if (next === undefined) return resolve(taken);
        if (next === "QUIT") taken = line;
        socket.write(next === null ? body : `${next}\r\n`);
      }
    });
    socket.on("close", () => resolve(taken));
  });
}

/** Takes every mail that is sent to it; `mails` has their recipients and sources. */
export async function sink() {
  const mails = [];
  const server = createServer((socket) => {
    let mail = { to: [], source: "" };
    let data = false;
    let seen = "";
    socket.setEncoding("latin1");
    socket.on("error", () => {});
    socket.write("220 sink\r\n");
    socket.on("data", (text) => {
      seen += text;
      for (let end = seen.indexOf("\r\n"); end >= 0; end = seen.indexOf("\r\n")) {
        const line = seen.slice(0, end);
        seen = seen.slice(end + 2);
        if (data) {
          if (line !== ".") mail.source += `${line.replace(/^\.\./, ".")}\n`;
          else {
            data = false;
            mails.push(mail);
            mail = { to: [], source: "" };
            socket.write("250 2.0.0 taken\r\n");
          }
          continue;
        }
        const [, to] = /^RCPT TO:<([^>]*)>/i.exec(line) ?? [];
        if (to) mail.to.push(to);
        if (/^DATA/i.test(line)) {
          data = true;
          socket.write("354 go on\r\n");
        } else if (/^QUIT/i.test(line)) socket.end("221 bye\r\n");
        else if (/^EHLO/i.test(line)) socket.write("250-sink\r\n250 8BITMIME\r\n");
        else socket.write("250 2.0.0 ok\r\n");
      }
    });
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return { port: server.address().port, mails, stop: () => new Promise((gone) => server.close(gone)) };
}

/** The text of a part of this kind, decoded as far as our own mails need it. */
export function part(source, kind) {
  const at = source.search(new RegExp(`^content-type: ${kind}`, "im"));
  if (at < 0) return "";
  const [head, ...rest] = source.slice(at).split("\n\n");
  const body = rest.join("\n\n").split(/^--[-=\w]+/m)[0];
  if (/base64/i.test(`${source.slice(Math.max(0, at - 200), at)}${head}`)) return Buffer.from(body.replace(/\s/g, ""), "base64").toString();
  return Buffer.from(body.replace(/=\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))), "latin1").toString();
}
