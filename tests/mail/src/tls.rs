//! An authority of this test, and certificates of servers by it.

use std::{path::PathBuf, process::Command};

use tempfile::TempDir;

/// An authority that no machine believes.
pub struct Authority {
    directory: TempDir,
}

/// A certificate and its key.
pub struct Certificate {
    pub chain: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    pub fn new() -> Self {
        let directory = tempfile::Builder::new()
            .prefix("pbtls")
            .tempdir_in("/tmp")
            .unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(directory.path(), open).unwrap();
        let it = Self { directory };
        it.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=Test Authority",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        ]);
        it
    }

    /// What a desk is told, so that it believes this authority.
    pub fn file(&self) -> String {
        self.path("ca.pem").display().to_string()
    }

    /// A certificate for a host: `IP:127.0.0.1`, `DNS:localhost`.
    pub fn certify(&self, host: &str) -> Certificate {
        let name = host.replace([':', '.'], "-");
        let (key, request, chain) = (
            format!("{name}.key"),
            format!("{name}.csr"),
            format!("{name}.pem"),
        );
        let more = format!("subjectAltName={host}\nextendedKeyUsage=serverAuth\n");
        std::fs::write(self.path("more"), more).unwrap();
        self.openssl(&[
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=Test Server",
            "-keyout",
            &key,
            "-out",
            &request,
        ]);
        self.openssl(&[
            "x509",
            "-req",
            "-days",
            "2",
            "-in",
            &request,
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            "more",
            "-out",
            &chain,
        ]);
        Certificate {
            chain: self.path(&chain),
            key: self.path(&key),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn openssl(&self, arguments: &[&str]) {
        let run = Command::new("openssl")
            .args(arguments)
            .current_dir(self.directory.path())
            .output()
            .expect("openssl is not installed: make setup-test");
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "openssl {arguments:?}: {said}");
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
