//! Digits that callers press, on a line that loses packets: each is heard, and once.

use std::time::Duration;

use plugboard_channel_phone::{
    browser::Browsers,
    sound::{Heard, Hub, Tell, ports::Ports},
};
use plugboard_phone_media::{
    digits::{DIGIT_SAMPLES, Digit},
    g711::Law,
    latch::Trust,
    outlet::Outlet,
    sdp::{Described, Direction, Here},
};
use tokio::{net::UdpSocket, sync::mpsc};
use tokio_util::sync::CancellationToken;

const KEYS: [char; 16] = [
    '1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D',
];

/// Digits that are pressed.
const COUNT: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_digits_on_a_line_that_loses_packets_are_a_thousand() {
    let here = "127.0.0.1".parse().unwrap();
    let ports = Ports {
        bind: here,
        told: here,
        range: 30_000..=39_999,
    };
    let (way, desk) = ports.open(Trust::SignalledAddress).await.unwrap();
    let listen = "127.0.0.1:0".parse().unwrap();
    let browsers = Browsers::open(listen, here, CancellationToken::new());
    let (hears, mut heard) = mpsc::channel(64);
    let hub = Hub::start(way, browsers.await.unwrap(), hears);
    let telephone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let described = Here {
        address: telephone.local_addr().unwrap(),
        session: 1,
        version: 1,
    };
    let described = described.offer(&[Law::A], Direction::Both);
    let described = Described::read(described.as_bytes()).unwrap();
    let payload_type = described.digits.unwrap();
    hub.tell(Tell::Described(0, Box::new(described)));

    let pressed: String = (0..COUNT).map(|it| KEYS[it * 7 / 3 % 16]).collect();
    let keys = pressed.clone();
    tokio::spawn(async move {
        let mut outlet = Outlet::new(1, 1, 1, Law::A.payload_type());
        for (nth, key) in keys.chars().enumerate() {
            let digit = Digit::of(key).unwrap();
            let said = outlet.digit(payload_type, digit, DIGIT_SAMPLES);
            let ends = said.len() - 3;
            for (at, datagram) in said.into_iter().enumerate() {
                // One of the three ends never comes; of every third digit nothing but an end does.
                let lost = at == ends + nth % 3 || nth % 3 == 0 && at < ends;
                if !lost {
                    telephone.send_to(&datagram, desk).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
    });
    let mut understood = String::new();
    while understood.len() < COUNT {
        let next = tokio::time::timeout(crate::PATIENCE, heard.recv()).await;
        if let Heard::Digit(key) = next.expect("a digit is missing").unwrap() {
            understood.push(key);
        }
    }
    assert_eq!(understood, pressed);
    hub.tell(Tell::Close);
}
