//! Start, health, first agent, stop.

use plugboard_contract::{Server, create_agent};
use serde_json::json;

#[tokio::test]
async fn the_first_agent_can_be_made_before_the_first_start_and_while_it_runs() {
    let directory = tempfile::tempdir().unwrap();
    let (made, said) = create_agent(directory.path(), "first@example.com", "administrator").await;
    assert!(made, "{said}");
    let server = Server::start_on(directory, &[]).await;
    let first = server.sign_in("first@example.com").await;
    assert_eq!(
        first.get("/api/v1/me").await.accepted(200)["role"],
        "administrator"
    );
    server.create_agent("second@example.com", "agent").await;
    let second = server.sign_in("second@example.com").await;
    assert_eq!(
        second.get("/api/v1/me").await.accepted(200)["role"],
        "agent"
    );
    let (made, said) = create_agent(server.directory.path(), "third@example.com", "emperor").await;
    assert!(!made && said.contains("role"), "{said}");
    let (made, said) = create_agent(server.directory.path(), "no address", "agent").await;
    assert!(!made && said.contains("email"), "{said}");
}

#[tokio::test]
async fn health_readiness_and_metrics_answer_without_a_token() {
    let server = Server::start().await;
    let nobody = server.nobody();
    nobody.get("/healthz").await.accepted(200);
    nobody.get("/readyz").await.accepted(200);
    let metrics = nobody.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.text.contains("# TYPE"), "{}", metrics.text);
}

#[tokio::test]
async fn lifted_rate_limits_are_said_loudly() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_on(directory, &[("PLUGBOARD_RATE_LIMITS", "off")]).await;
    let ready = server.nobody().get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert!(ready.text.to_lowercase().contains("rate"), "{}", ready.text);
}

#[tokio::test]
async fn less_durability_is_said_loudly() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_on(directory, &[("PLUGBOARD_DURABILITY", "normal")]).await;
    let ready = server.nobody().get("/readyz").await;
    assert_eq!(ready.status, 200);
    assert!(
        ready.text.contains("DURABILITY IS NORMAL"),
        "{}",
        ready.text
    );
}

#[tokio::test]
async fn a_term_signal_ends_it_in_order_and_nothing_is_lost() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    let visitor = server.visitor(&inbox).await;
    let conversation = visitor.say(&inbox, "before the stop").await;
    // An open socket and a long poll must not keep it from ending.
    let mut socket = admin.socket("/api/v1/ws").await;
    socket.next_of("hello").await;
    let poll = format!("/chat/v1/{inbox}/messages?since=1000000&wait_secs=25");
    let waiting = {
        let visitor = visitor.clone();
        tokio::spawn(async move {
            let _ = visitor.request(reqwest::Method::GET, &poll).send().await;
        })
    };
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let (directory, code) = server.stop().await;
    assert_eq!(code, Some(0));
    waiting.abort();
    let server = Server::start_on(directory, &[]).await;
    let admin = server.sign_in("root@example.com").await;
    assert_eq!(admin.conversation(&conversation).await["message_count"], 1);
}

#[tokio::test]
async fn a_second_server_on_the_same_directory_is_refused_in_words() {
    let server = Server::start().await;
    let output = tokio::process::Command::new(plugboard_contract::binary())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(server.directory.path())
        .output()
        .await
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("plugboard:") && said.contains("lock") || said.contains("another"),
        "{said}"
    );
}

#[tokio::test]
async fn a_backup_made_while_it_runs_is_a_whole_desk() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    let conversation = server.visitor(&inbox).await.say(&inbox, "keep this").await;
    let copy = tempfile::tempdir().unwrap();
    let output = tokio::process::Command::new(plugboard_contract::binary())
        .args(["backup", "--data"])
        .arg(server.directory.path())
        .arg("--to")
        .arg(copy.path().join("plugboard.db"))
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let key = server.directory.path().join("secret.key");
    std::fs::copy(key, copy.path().join("secret.key")).unwrap();
    drop(server);
    let restored = Server::start_on(copy, &[]).await;
    let admin = restored.sign_in("root@example.com").await;
    assert_eq!(
        admin.conversation(&conversation).await["last_message"]["text"],
        "keep this"
    );
}

#[tokio::test]
async fn the_doctor_finds_a_healthy_desk_healthy_and_a_damaged_one_damaged() {
    let server = Server::start().await;
    let admin = server.administrator().await;
    let inbox = server.inbox(&admin, json!({})).await;
    server.visitor(&inbox).await.say(&inbox, "hello").await;
    let doctor = |directory: std::path::PathBuf| async move {
        let output = tokio::process::Command::new(plugboard_contract::binary())
            .args(["doctor", "--full", "--data"])
            .arg(directory)
            .output()
            .await
            .unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (healthy, said) = doctor(server.directory.path().to_owned()).await;
    assert!(healthy, "{said}");
    let (directory, _) = server.stop().await;
    let (healthy, said) = doctor(directory.path().to_owned()).await;
    assert!(healthy, "{said}");
    let database = directory.path().join("plugboard.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0x5a);
    std::fs::write(&database, bytes).unwrap();
    let (healthy, said) = doctor(directory.path().to_owned()).await;
    assert!(!healthy && said.contains("WRONG"), "{said}");
}
