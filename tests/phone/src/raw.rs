//! Messages as they are: what no telephone would send, and what comes back.

use std::{net::SocketAddr, time::Duration};

use plugboard_phone_peers::NUMBER;
use tokio::net::UdpSocket;

/// How long it is listened for more, once something was said.
const PAUSE: Duration = Duration::from_millis(200);

/// A socket beside a desk.
pub struct Raw {
    socket: UdpSocket,
    desk: SocketAddr,
    /// Its own address.
    pub here: SocketAddr,
}

impl Raw {
    /// At an address of this machine: `127.0.0.1` is a trunk's, any other of loopback is nobody's.
    pub async fn at(address: [u8; 4], desk: SocketAddr) -> Self {
        let socket = UdpSocket::bind(SocketAddr::from((address, 0)))
            .await
            .unwrap();
        let here = socket.local_addr().unwrap();
        Self { socket, desk, here }
    }

    /// Sends bytes.
    pub async fn send(&self, bytes: &[u8]) {
        self.socket.send_to(bytes, self.desk).await.unwrap();
    }

    /// What is said next, beside sound; nothing when that takes too long.
    pub async fn next(&self, within: Duration) -> Option<String> {
        let mut buffer = [0; 65_535];
        let heard = async {
            loop {
                let (length, _) = self.socket.recv_from(&mut buffer).await.unwrap();
                // The first bits of sound are those of no letter.
                if buffer[0] < 0x80 {
                    return String::from_utf8_lossy(&buffer[..length]).into_owned();
                }
            }
        };
        tokio::time::timeout(within, heard).await.ok()
    }

    /// Everything that is said until nothing more is.
    pub async fn rest(&self) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(said) = self.next(PAUSE).await {
            all.push(said);
        }
        all
    }

    /// Asks whether anybody is there, until that is answered; what else was said before, or nothing when nobody is.
    pub async fn alive(&self, nth: usize) -> Option<Vec<String>> {
        let branch = format!("z9hG4bKalive{nth}");
        let asked = format!(
            "OPTIONS sip:desk@{desk} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch={branch};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:alive@{here}>;tag=a\r\nTo: <sip:desk@{desk}>\r\nCall-ID: alive{nth}@{here}\r\nCSeq: 1 OPTIONS\r\n\
             Content-Length: 0\r\n\r\n",
            desk = self.desk,
            here = self.here,
        );
        let mut others = Vec::new();
        // It may be lost among what was sent before.
        for _ in 0..40 {
            self.send(asked.as_bytes()).await;
            while let Some(said) = self.next(Duration::from_millis(500)).await {
                if said.starts_with("SIP/2.0 200") && said.contains(&branch) {
                    return Some(others);
                }
                others.push(said);
            }
        }
        None
    }

    /// Sends a message and waits for all that is said to it: whatever is asked later is answered later.
    pub async fn ask(&self, message: &str) -> Vec<String> {
        self.send(message.as_bytes()).await;
        let mut said = self.alive(0).await.expect("nobody is there any more");
        said.extend(self.rest().await);
        said
    }

    /// An invitation to our number, with a name that tells it from others.
    pub fn invite(&self, name: &str) -> String {
        let (here, desk) = (self.here, self.desk);
        let sound = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {} RTP/AVP 8\r\n",
            here.port()
        );
        format!(
            "INVITE sip:{NUMBER}@{desk} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{name};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:13900139000@{here}>;tag=f{name}\r\nTo: <sip:{NUMBER}@{desk}>\r\nCall-ID: {name}@{here}\r\n\
             CSeq: 1 INVITE\r\nContact: <sip:13900139000@{here}>\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{sound}",
            sound.len()
        )
    }

    /// A request within a call that was answered so.
    pub fn within(
        &self,
        method: &str,
        name: &str,
        number: u32,
        answer: &str,
        more: &str,
    ) -> String {
        let (here, desk) = (self.here, self.desk);
        let to = header(answer, "To").expect("an answer has a To");
        format!(
            "{method} sip:{NUMBER}@{desk} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{name}{number}{method};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:13900139000@{here}>;tag=f{name}\r\nTo: {to}\r\nCall-ID: {name}@{here}\r\n\
             CSeq: {number} {method}\r\nContact: <sip:13900139000@{here}>\r\n{more}Content-Length: 0\r\n\r\n"
        )
    }
}

/// The code of an answer.
pub fn code(said: &str) -> Option<u16> {
    said.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

/// A header of a message.
pub fn header<'a>(said: &'a str, name: &str) -> Option<&'a str> {
    said.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}
