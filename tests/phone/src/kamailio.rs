//! Kamailio as a carrier: a registrar that wants a password, and a proxy that carries calls to us and from us.

use std::{
    fs,
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use plugboard_bench::phone::until;
use tempfile::TempDir;

use crate::{find, free_port};

/// Whom it knows us as.
pub const USER: &str = "shop";

/// With this password.
pub const PASSWORD: &str = "correct-horse";

/// A carrier that ends with the test.
pub struct Kamailio {
    /// Where it listens, for UDP and TCP.
    pub address: SocketAddr,
    directory: TempDir,
    child: Child,
}

impl Kamailio {
    /// Begins. Calls of ours go on to a telephone at this port.
    pub async fn start(telephone: u16) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let port = free_port();
        let home = directory.path();
        fs::write(home.join("kamailio.cfg"), configuration(port, telephone)).unwrap();
        let log = fs::File::create(home.join("log")).unwrap();
        let child = Command::new(find("kamailio"))
            .args(["-DD", "-E", "-m", "32", "-M", "4", "-f"])
            .arg(home.join("kamailio.cfg"))
            .arg("-P")
            .arg(home.join("pid"))
            .arg("-w")
            .arg(home)
            .arg("-Y")
            .arg(home)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let carrier = Self {
            address,
            directory,
            child,
        };
        until("kamailio listens", || async {
            Ok(tokio::net::TcpStream::connect(address).await.ok())
        })
        .await
        .unwrap();
        carrier
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// How often we have signed in with the right password.
    pub fn registered(&self) -> usize {
        self.log().matches("REGISTERED").count()
    }

    /// How it carried what it carried.
    pub fn carried(&self, what: &str) -> usize {
        self.log().matches(what).count()
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // Its children end with it when it is asked, and not when it is killed.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<_> = log.lines().rev().take(15).collect();
            eprintln!("kamailio, newest first:\n{}", tail.join("\n"));
        }
    }
}

fn configuration(port: u16, telephone: u16) -> String {
    format!(
        r##"#!KAMAILIO
debug=2
log_stderror=yes
fork=yes
children=2
tcp_children=2
disable_core_dump=yes
auto_aliases=no
listen=udp:127.0.0.1:{port}
listen=tcp:127.0.0.1:{port}
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "xlog.so"
modparam("usrloc", "db_mode", 0)
modparam("registrar", "max_expires", 60)
modparam("rr", "enable_full_lr", 1)
request_route {{
  if (!mf_process_maxfwd_header("10")) {{ sl_send_reply("483", "Too Many Hops"); exit; }}
  if (is_method("CANCEL")) {{ if (t_check_trans()) {{ t_relay(); }} exit; }}
  if (has_totag()) {{
    if (loose_route()) {{ t_relay(); exit; }}
    if (is_method("ACK")) {{ if (t_check_trans()) {{ t_relay(); }} exit; }}
    sl_send_reply("404", "Not here");
    exit;
  }}
  t_check_trans();
  if (is_method("REGISTER")) {{
    if (!pv_www_authenticate("shop.example", "{PASSWORD}", "0")) {{ www_challenge("shop.example", "1"); exit; }}
    xlog("L_WARN", "REGISTERED $fU over $proto\n");
    save("location");
    exit;
  }}
  if (is_method("INVITE")) {{ record_route(); }}
  if ($fU == "{USER}" || $fU =~ "8657112345678$") {{
    if (!pv_proxy_authenticate("shop.example", "{PASSWORD}", "0")) {{ proxy_challenge("shop.example", "1"); exit; }}
    consume_credentials();
    xlog("L_WARN", "OUT to $rU over $proto\n");
    $du = "sip:127.0.0.1:{telephone}";
    t_relay();
    exit;
  }}
  $rU = "{USER}";
  if (!lookup("location")) {{ sl_send_reply("480", "Nobody there"); exit; }}
  xlog("L_WARN", "IN to $ru\n");
  t_relay();
}}
"##
    )
}
