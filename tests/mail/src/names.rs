//! Names of the world, as this test has them: a name server on this machine.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use tokio::net::UdpSocket;

/// The number of texts among the kinds of records.
const TXT: u16 = 16;

/// A name server.
pub struct Names {
    pub address: SocketAddr,
}

impl Names {
    /// One that knows these texts, and nothing else.
    pub async fn start(texts: &[(&str, &str)]) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let owned = texts.iter().map(|it| (it.0.to_owned(), it.1.to_owned()));
        let texts: Arc<BTreeMap<String, String>> = Arc::new(owned.collect());
        tokio::spawn(async move {
            let mut buffer = [0; 2_048];
            while let Ok((length, who)) = socket.recv_from(&mut buffer).await {
                if let Some(answer) = answer(&buffer[..length], &texts) {
                    let _ = socket.send_to(&answer, who).await;
                }
            }
        });
        Self { address }
    }
}

fn answer(question: &[u8], texts: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    let mut name = Vec::new();
    let mut at = 12;
    while *question.get(at)? != 0 {
        let length = usize::from(question[at]);
        name.push(String::from_utf8_lossy(question.get(at + 1..at + 1 + length)?).into_owned());
        at += 1 + length;
    }
    let kind = u16::from_be_bytes([*question.get(at + 1)?, *question.get(at + 2)?]);
    let found = texts.get(&name.join(".")).filter(|_| kind == TXT);
    let mut out = question.get(..at + 5)?.to_vec();
    // An answer, of one that looks further; without the record that the question ends with.
    out[2] = 0x81;
    out[3] = if found.is_some() { 0x80 } else { 0x83 };
    out[7] = u8::from(found.is_some());
    out[10..12].copy_from_slice(&[0, 0]);
    if let Some(text) = found {
        let mut data = Vec::new();
        for piece in text.as_bytes().chunks(200) {
            data.push(u8::try_from(piece.len()).ok()?);
            data.extend_from_slice(piece);
        }
        out.extend_from_slice(&[192, 12, 0, 16, 0, 1, 0, 0, 0, 60]);
        out.extend_from_slice(&u16::try_from(data.len()).ok()?.to_be_bytes());
        out.extend_from_slice(&data);
    }
    Some(out)
}
