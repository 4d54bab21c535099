use std::sync::atomic::{AtomicUsize, Ordering};

use plugboard_mail::Record;

use super::*;

#[test]
fn name_servers_are_those_of_the_machine() {
    let text = "# mine\nsearch a.example\nnameserver 192.0.2.1\nnameserver ::1\noptions x\nnameserver nonsense\n";
    let found: Vec<String> = servers_of(text).iter().map(ToString::to_string).collect();
    assert_eq!(found, ["192.0.2.1:53", "[::1]:53"]);
}

/// Patience with questions that nobody answers.
const SHORT: (Duration, Duration) = (Duration::from_millis(300), Duration::from_millis(750));

fn question(n: u32) -> Question {
    about(&format!("{n}.example"))
}

fn about(name: &str) -> Question {
    Question {
        name: name.to_owned(),
        record: Record::Txt,
    }
}

#[tokio::test]
async fn a_question_that_many_have_is_asked_once() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let resolver = Arc::new(Resolver::new(vec![server.local_addr().unwrap()]));
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let resolver = resolver.clone();
            tokio::spawn(async move { resolver.answer(&question(1)).await })
        })
        .collect();
    let mut buffer = [0; 512];
    let (length, who) = server.recv_from(&mut buffer).await.unwrap();
    // Somebody who guesses comes first.
    let mut forged = buffer[..length].to_vec();
    forged[0] ^= 1;
    forged[2] = 0x81;
    server.send_to(&forged, who).await.unwrap();
    let mut answer = buffer[..length].to_vec();
    (answer[2], answer[3]) = (0x81, 0x83);
    server.send_to(&answer, who).await.unwrap();
    for it in asking {
        assert_eq!(it.await.unwrap(), Answer::Missing);
    }
    let again = timeout(Duration::from_millis(50), server.recv_from(&mut buffer)).await;
    assert!(again.is_err(), "asked again");
}

/// A name server that leaves questions with `slow` in them open, and says of everything else that it is missing. How many
/// questions it left open, and how many of the root it answered.
async fn choosy() -> (SocketAddr, Arc<(AtomicUsize, AtomicUsize)>) {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap();
    let counts = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
    let own = counts.clone();
    tokio::spawn(async move {
        let mut buffer = [0; 512];
        while let Ok((length, who)) = server.recv_from(&mut buffer).await {
            let packet = &mut buffer[..length];
            if packet.windows(4).any(|it| it == b"slow") {
                own.0.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            if packet.get(12) == Some(&0) {
                own.1.fetch_add(1, Ordering::Relaxed);
            }
            (packet[2], packet[3]) = (0x81, 0x83);
            let _ = server.send_to(packet, who).await;
        }
    });
    (address, counts)
}

#[tokio::test]
async fn zones_that_do_not_answer_cost_others_nothing() {
    let (server, counts) = choosy().await;
    let resolver = Resolver {
        patience: SHORT,
        ..Resolver::new(vec![server])
    };
    // Somebody has names of many owners whose servers leave every question open.
    let many: Vec<_> = (0..SILENT_MAX + 4)
        .map(|n| about(&format!("a.slow{n}.example")))
        .collect();
    let asked = join_all(many.iter().map(|it| resolver.answer(it))).await;
    assert!(asked.iter().all(|it| *it == Answer::Failed));
    // The next is answered, since the server is there and says so.
    assert_eq!(resolver.answer(&question(1)).await, Answer::Missing);
    assert_eq!(counts.1.load(Ordering::Relaxed), 1, "asked for itself once");
    // Of one owner nothing is asked any more after two questions in a row.
    for n in 0..10 {
        let it = about(&format!("{n}.slow.example"));
        assert_eq!(resolver.answer(&it).await, Answer::Failed);
    }
    let left = counts.0.load(Ordering::Relaxed);
    let tries = usize::try_from(SILENT_MAX + 4).unwrap() * ROUNDS;
    assert_eq!(left, tries + 2 * ROUNDS);
    assert_eq!(resolver.answer(&question(2)).await, Answer::Missing);
}

#[tokio::test]
async fn when_no_server_is_there_nothing_is_asked_for_a_while() {
    // Nothing listens there: the machine says so at once.
    let gone = UdpSocket::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let resolver = Resolver::new(vec![gone]);
    for n in 0..SILENT_MAX {
        assert!(resolver.are_servers_there().await);
        assert_eq!(resolver.answer(&question(n)).await, Answer::Failed);
    }
    assert!(!resolver.are_servers_there().await);
    assert_eq!(resolver.answer(&question(99)).await, Answer::Failed);
    // One comes at the same address; it is found when the rest is over.
    let server = UdpSocket::bind(gone).await.unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 512];
        while let Ok((length, who)) = server.recv_from(&mut buffer).await {
            (buffer[2], buffer[3]) = (0x81, 0x83);
            let _ = server.send_to(&buffer[..length], who).await;
        }
    });
    assert_eq!(resolver.answer(&question(100)).await, Answer::Failed);
    resolver.silence().until = Some(Instant::now());
    assert_eq!(resolver.answer(&question(101)).await, Answer::Missing);
}

#[tokio::test]
async fn a_question_that_nobody_waits_for_any_longer_was_left_open() {
    let (server, _) = choosy().await;
    let resolver = Resolver {
        patience: SHORT,
        ..Resolver::new(vec![server])
    };
    for n in 0..2 {
        let it = about(&format!("{n}.slow.example"));
        let given_up = timeout(SHORT.0 + Duration::from_millis(100), resolver.answer(&it)).await;
        assert!(given_up.is_err());
    }
    assert!(resolver.zones.of("x.slow.example").rests());
    assert!(!resolver.zones.of("x.other.example").rests());
}
