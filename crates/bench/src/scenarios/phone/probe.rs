//! How late a packet is that no server carries: what this machine and this process cost.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::Result;
use hdrhistogram::Histogram;
use tokio::{net::UdpSocket, task::JoinHandle};

use super::{histogram, micros};

/// A stream of packets between two sockets of this process, as many a second as a call has.
pub(super) struct Probe {
    delays: Arc<Mutex<Histogram<u64>>>,
    tasks: [JoinHandle<()>; 2],
}

impl Probe {
    pub(super) async fn begin() -> Result<Self> {
        let (from, to) = (
            UdpSocket::bind("127.0.0.1:0").await?,
            UdpSocket::bind("127.0.0.1:0").await?,
        );
        let (epoch, target) = (Instant::now(), to.local_addr()?);
        let delays = Arc::new(Mutex::new(histogram()));
        let heard = delays.clone();
        let says = tokio::spawn(async move {
            let mut tick = tokio::time::interval(Duration::from_millis(20));
            let mut packet = [0_u8; 172];
            loop {
                tick.tick().await;
                packet[..8].copy_from_slice(&micros(epoch.elapsed()).to_be_bytes());
                let _ = from.send_to(&packet, target).await;
            }
        });
        let hears = tokio::spawn(async move {
            let mut packet = [0_u8; 2_048];
            while to.recv_from(&mut packet).await.is_ok() {
                let left = packet[..8].try_into().map_or(0, u64::from_be_bytes);
                let delay = micros(epoch.elapsed()).saturating_sub(left);
                heard
                    .lock()
                    .expect("nobody panics with the lock")
                    .saturating_record(delay);
            }
        });
        Ok(Self {
            delays,
            tasks: [says, hears],
        })
    }

    /// What was measured since it was asked last.
    pub(super) fn delays(&self) -> Histogram<u64> {
        let mut delays = self.delays.lock().expect("nobody panics with the lock");
        std::mem::replace(&mut delays, histogram())
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
