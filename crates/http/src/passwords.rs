//! Password hashes: Argon2id, off the runtime's threads, a few at a time.

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use crate::ApiError;

/// Fewest characters of a password.
pub const PASSWORD_CHARS_MIN: usize = 8;

/// Most characters of a password: hashing time grows with it.
pub const PASSWORD_CHARS_MAX: usize = 1_024;

/// Hashes at the same time. One takes 19 MiB and about 20 ms of a core.
const CONCURRENT_MAX: usize = 4;

/// Sign-ins that wait for their turn; beyond it the caller is told to come back.
const WAITING_MAX: usize = 200;

/// Checks and makes password hashes.
pub struct Passwords {
    running: Semaphore,
    waiting: Semaphore,
    /// The hash of nothing in particular: checked when an email is unknown, so that an answer takes equally long.
    dummy: String,
}

impl Passwords {
    /// Ready to hash.
    pub fn new() -> Self {
        Self {
            running: Semaphore::new(CONCURRENT_MAX),
            waiting: Semaphore::new(WAITING_MAX),
            dummy: DUMMY.to_owned(),
        }
    }

    /// The hash of a new password, in PHC form; 422 when it is too short or too long.
    pub async fn hash(&self, password: &str) -> Result<String, ApiError> {
        check_length(password)?;
        let password = password.to_owned();
        self.run(move || hash(&password)).await?
    }

    /// True when it is the password of this hash. Without a hash it takes as long, and is false.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, ApiError> {
        if password.chars().count() > PASSWORD_CHARS_MAX {
            return Ok(false);
        }
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.dummy.clone());
        let password = password.to_owned();
        let matches = self.run(move || verify(&password, &hash)).await?;
        Ok(matches && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let busy = |_| ApiError::unavailable("too many people sign in at once");
        let _queued = self.waiting.try_acquire().map_err(busy)?;
        let _turn = self
            .running
            .acquire()
            .await
            .map_err(|_| ApiError::unavailable("the desk is stopping"))?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| ApiError::unavailable("the desk is stopping"))
    }
}

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

/// Argon2id with these parameters over an empty password; only its cost matters.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$cGx1Z2JvYXJkLXNhbHQhIQ$Zm9yLWVxdWFsLXRpbWluZy1vbmx5LW5vdC1hLWtleSE";

/// `Ok` when a password may be used: neither too short nor too long.
pub fn check_length(password: &str) -> Result<(), ApiError> {
    let chars = password.chars().count();
    if (PASSWORD_CHARS_MIN..=PASSWORD_CHARS_MAX).contains(&chars) {
        Ok(())
    } else {
        Err(ApiError::invalid(format!(
            "password must be {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters"
        )))
    }
}

/// The hash of a password, in PHC form: Argon2id, 19 MiB, 2 passes, 1 lane (OWASP's recommendation). Blocks for about
/// 20 ms.
pub fn hash(password: &str) -> Result<String, ApiError> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt)
        .map_err(|_| ApiError::unavailable("the system gives no randomness"))?;
    let hash: PasswordHash = argon2()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|_| ApiError::unavailable("the password could not be hashed"))?;
    Ok(hash.to_string())
}

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("these parameters are within bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::{DUMMY, hash, verify};

    #[test]
    fn a_hash_knows_its_password_and_the_dummy_knows_none() {
        let stored = hash("correct horse").expect("it hashes");
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(verify("correct horse", &stored));
        assert!(!verify("wrong", &stored));
        assert!(!verify("", DUMMY));
        assert!(argon2::password_hash::phc::PasswordHash::new(DUMMY).is_ok());
    }
}
