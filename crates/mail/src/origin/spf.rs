//! Who may send for a domain (RFC 7208).

mod record;
mod words;

use std::net::IpAddr;

use super::names::{Answer, Names, Pending, Record};
use super::path::Path;
use record::{Mechanism, Term};

/// Terms of one check that cost a question (§4.6.4).
const LOOKUPS_MAX: u32 = 10;

/// Questions of one check that may lead to nothing.
const VOIDS_MAX: u32 = 2;

/// Hosts of one `mx`.
const HOSTS_MAX: usize = 10;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spf {
    None,
    Neutral,
    Pass,
    SoftFail,
    Fail,
    /// Nobody answered.
    Unknown,
    /// The records make no sense, or cost too much.
    Wrong,
}

/// The domain in whose name a mail was handed over.
pub(super) fn domain(path: &Path) -> String {
    let of_sender = path.sender.rsplit_once('@').map(|it| it.1);
    of_sender
        .unwrap_or(&path.helo)
        .trim_end_matches('.')
        .to_lowercase()
}

/// Whether a mail may come this way.
pub(super) fn check(names: &mut Names, path: &Path) -> Result<Spf, Pending> {
    let domain = domain(path);
    if !domain.contains('.') {
        return Ok(Spf::None);
    }
    let mut run = Run {
        names,
        path,
        lookups: 0,
        voids: 0,
    };
    match run.host(&domain, 0) {
        Ok(found) | Err(Stop::Found(found)) => Ok(found),
        Err(Stop::Pending) => Err(Pending),
    }
}

enum Stop {
    Pending,
    /// Nothing else can come out.
    Found(Spf),
}

impl From<Pending> for Stop {
    fn from(_: Pending) -> Self {
        Self::Pending
    }
}

struct Run<'a> {
    names: &'a mut Names,
    path: &'a Path,
    lookups: u32,
    voids: u32,
}

impl Run<'_> {
    fn host(&mut self, domain: &str, depth: u32) -> Result<Spf, Stop> {
        if depth > LOOKUPS_MAX {
            return Err(Stop::Found(Spf::Wrong));
        }
        let texts = match self.names.ask(Record::Txt, domain)? {
            Answer::Texts(texts) => texts,
            Answer::Failed => return Err(Stop::Found(Spf::Unknown)),
            _ => return Ok(Spf::None),
        };
        let mut records = texts.iter().filter(|it| record::is(it));
        let (Some(found), None) = (records.next(), records.next()) else {
            let many = texts.iter().any(|it| record::is(it));
            return if many {
                Err(Stop::Found(Spf::Wrong))
            } else {
                Ok(Spf::None)
            };
        };
        let terms = record::terms(found).ok_or(Stop::Found(Spf::Wrong))?;
        let mut redirect = None;
        for term in terms {
            match term {
                Term::Redirect(to) => redirect = Some(to),
                Term::Other => {}
                Term::Directive(outcome, mechanism) => {
                    if self.matches(domain, &mechanism, depth)? {
                        return Ok(outcome);
                    }
                }
            }
        }
        let Some(to) = redirect else {
            return Ok(Spf::Neutral);
        };
        self.count()?;
        let to = self.expand(to, domain)?;
        match self.host(&to, depth + 1)? {
            Spf::None => Err(Stop::Found(Spf::Wrong)),
            found => Ok(found),
        }
    }

    fn matches(&mut self, domain: &str, it: &Mechanism<'_>, depth: u32) -> Result<bool, Stop> {
        match it {
            Mechanism::All => Ok(true),
            Mechanism::Ip(net, bits) => Ok(within(self.path.client, *net, *bits)),
            // It asks who an address says that it is, which costs much and proves little (§5.5).
            Mechanism::Ptr => {
                self.count()?;
                Ok(false)
            }
            Mechanism::Include(of) => {
                self.count()?;
                let of = self.expand(of, domain)?;
                match self.host(&of, depth + 1)? {
                    Spf::Pass => Ok(true),
                    Spf::None => Err(Stop::Found(Spf::Wrong)),
                    _ => Ok(false),
                }
            }
            Mechanism::A(of, bits) => {
                self.count()?;
                let of = self.expand(of.unwrap_or("%{d}"), domain)?;
                self.has_address(&of, *bits, true)
            }
            Mechanism::Mx(of, bits) => {
                self.count()?;
                let of = self.expand(of.unwrap_or("%{d}"), domain)?;
                let hosts = match self.names.ask(Record::Mx, &of)? {
                    Answer::Hosts(hosts) => hosts,
                    Answer::Failed => return Err(Stop::Found(Spf::Unknown)),
                    _ => {
                        self.void()?;
                        return Ok(false);
                    }
                };
                if hosts.len() > HOSTS_MAX {
                    return Err(Stop::Found(Spf::Wrong));
                }
                let mut pending = false;
                for host in hosts {
                    match self.has_address(&host, *bits, false) {
                        Ok(true) => return Ok(true),
                        Ok(false) => {}
                        // All of them are asked for at once.
                        Err(Stop::Pending) => pending = true,
                        Err(stop) => return Err(stop),
                    }
                }
                if pending {
                    Err(Stop::Pending)
                } else {
                    Ok(false)
                }
            }
            Mechanism::Exists(of) => {
                self.count()?;
                let of = self.expand(of, domain)?;
                match self.names.ask(Record::A, &of)? {
                    Answer::Addresses(found) => Ok(!found.is_empty()),
                    Answer::Failed => Err(Stop::Found(Spf::Unknown)),
                    _ => {
                        self.void()?;
                        Ok(false)
                    }
                }
            }
        }
    }

    fn has_address(&mut self, host: &str, bits: (u8, u8), counts: bool) -> Result<bool, Stop> {
        let (record, bits) = match self.path.client {
            IpAddr::V4(_) => (Record::A, bits.0),
            IpAddr::V6(_) => (Record::Aaaa, bits.1),
        };
        match self.names.ask(record, host)? {
            Answer::Addresses(found) => {
                let client = self.path.client;
                Ok(found.into_iter().any(|it| within(client, it, bits)))
            }
            Answer::Failed => Err(Stop::Found(Spf::Unknown)),
            _ if counts => {
                self.void()?;
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.lookups += 1;
        if self.lookups > LOOKUPS_MAX {
            return Err(Stop::Found(Spf::Wrong));
        }
        Ok(())
    }

    fn void(&mut self) -> Result<(), Stop> {
        self.voids += 1;
        if self.voids > VOIDS_MAX {
            return Err(Stop::Found(Spf::Wrong));
        }
        Ok(())
    }

    fn expand(&self, text: &str, domain: &str) -> Result<String, Stop> {
        words::expand(text, self.path, domain).ok_or(Stop::Found(Spf::Wrong))
    }
}

/// Whether an address is in a network.
fn within(ip: IpAddr, net: IpAddr, bits: u8) -> bool {
    match (ip, net) {
        (IpAddr::V4(ip), IpAddr::V4(net)) => {
            let away = u32::from(ip) ^ u32::from(net);
            away.checked_shr(32_u32.saturating_sub(u32::from(bits)))
                .unwrap_or(0)
                == 0
        }
        (IpAddr::V6(ip), IpAddr::V6(net)) => {
            let away = u128::from(ip) ^ u128::from(net);
            away.checked_shr(128_u32.saturating_sub(u32::from(bits)))
                .unwrap_or(0)
                == 0
        }
        _ => false,
    }
}
