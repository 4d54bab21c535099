//! Many calls at once, each between a telephone and the browser of an agent, each recorded.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use hdrhistogram::Histogram;
use plugboard_phone_peers::{Stamps, Telephone};
use serde_json::{Value, json};

use super::{Clicks, Context, close, crew, histogram, note, probe::Probe, stamped, turns};
use crate::{
    phone::{PhoneDesk, until},
    scenarios::count_f64,
    server::Kind,
};

/// How long one call is measured before there are others.
const ALONE: Duration = Duration::from_secs(20);

/// Between one call and the next while there are ever more.
const STEP: Duration = Duration::from_millis(150);

pub(in crate::scenarios) async fn run(context: &mut Context) -> Result<()> {
    for spec in turns(context) {
        let data = context.fresh(spec.kind)?;
        let (calls, talked) = (context.phone_calls, context.phone_phase);
        let epoch = Instant::now();
        let desk = PhoneDesk::open(&spec, &data, json!({})).await?;
        let desk = Arc::new(desk);
        let mut people = crew(&desk, 1, epoch).await?;
        let clicks = Clicks::begin(&desk, &people).await?;
        let probe = Probe::begin().await?;

        let mut telephones = vec![stamped(&desk, 0, epoch).await];
        talk(&clicks, 1, &telephones).await?;
        listen(&telephones, &people);
        probe.delays();
        tokio::time::sleep(ALONE).await;
        let (alone, lost, sent) = heard(&telephones, &people);
        ensure!(sent > 0, "nothing was heard");
        note(context, "phone.alone", &alone);
        note(context, "phone.alone.floor", &probe.delays());
        context.note(Kind::Product, "phone.alone.lost", count_f64(lost));

        drop(clicks);
        people.extend(crew(&desk, calls - 1, epoch).await?);
        let clicks = Clicks::begin(&desk, &people).await?;
        for nth in 1..calls {
            telephones.push(stamped(&desk, nth, epoch).await);
            tokio::time::sleep(STEP).await;
        }
        talk(&clicks, calls - 1, &telephones).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        listen(&telephones, &people);
        probe.delays();
        let (cpu, began) = (desk.server.cpu()?, Instant::now());
        tokio::time::sleep(talked).await;
        let spent = desk.server.cpu()?.saturating_sub(cpu);
        let cores = spent.as_secs_f64() / began.elapsed().as_secs_f64();
        let (load, lost, sent) = heard(&telephones, &people);
        context.note(Kind::Product, "phone.load.cores", cores);
        note(context, "phone.load", &load);
        note(context, "phone.load.floor", &probe.delays());
        let share = 100.0 * count_f64(lost) / count_f64(sent);
        context.note(Kind::Product, "phone.load.sent", count_f64(sent));
        context.note(Kind::Product, "phone.load.lost_percent", share);
        let rss = count_f64(desk.server.rss_kib()?) / 1_024.0;
        context.note(Kind::Product, "phone.load.rss_mib", rss);

        for telephone in &telephones {
            telephone.hang_up().await;
        }
        let (worst, whole) = recordings(&desk, calls).await?;
        context.note(Kind::Product, "phone.recordings", count_f64(whole));
        context.note(Kind::Product, "phone.recordings.worst_ms", worst);
        drop((clicks, people, telephones, probe));
        close(desk).await?;
    }
    Ok(())
}

/// Waits until all talk.
async fn talk(clicks: &Clicks, taken: usize, telephones: &[Telephone]) -> Result<()> {
    for telephone in telephones {
        telephone.is_up().await;
    }
    until("every call is taken", || async {
        Ok((clicks.done() >= taken).then_some(()))
    })
    .await?;
    until("every telephone hears an agent", || async {
        let all = telephones.iter().all(|it| it.ear().since().is_some());
        Ok(all.then_some(()))
    })
    .await
}

type Crew = [(crate::phone::Agent, Arc<crate::phone::Seat>)];

/// What was heard so far does not count.
fn listen(telephones: &[Telephone], crew: &Crew) {
    drop(all(telephones, crew));
}

/// How late packets were, how many never came, and how many were sent.
fn heard(telephones: &[Telephone], crew: &Crew) -> (Histogram<u64>, u64, u64) {
    let (mut delays, mut lost, mut sent) = (histogram(), 0, 0);
    for stamps in all(telephones, crew) {
        lost += stamps.lost();
        sent += stamps.lost() + stamps.delays.len() as u64;
        for delay in stamps.delays {
            delays.saturating_record(u64::from(delay));
        }
    }
    (delays, lost, sent)
}

fn all(telephones: &[Telephone], crew: &Crew) -> Vec<Stamps> {
    let agents = crew.iter().map(|(_, seat)| seat.browser.ear().stamps());
    let callers = telephones.iter().map(|it| it.ear().stamps());
    let all = callers.chain(agents);
    all.filter(|it| !it.delays.is_empty()).collect()
}

/// How far the worst recording is from its call, in milliseconds, and how many there are.
async fn recordings(desk: &PhoneDesk, calls: usize) -> Result<(f64, u64)> {
    let ended = until("every recording is kept", || async {
        let ended = desk.all_ended().await?;
        let kept = |it: &&Value| it["recording"]["state"] == "kept";
        Ok((ended.iter().filter(kept).count() >= calls).then_some(ended))
    })
    .await?;
    let mut worst = 0.0_f64;
    for call in &ended {
        let talked = call["talk_ms"].as_f64().context("talk_ms")?;
        let recorded = call["recording"]["seconds"].as_f64().context("seconds")? * 1_000.0;
        worst = worst.max((talked - recorded).abs());
    }
    Ok((worst, ended.len() as u64))
}
