//! A power cut at every step that a run asked of its disk: every image opens clean and has what was acknowledged by then.

use std::{
    collections::HashSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};
use plugboard_bench::{
    build,
    client::HttpConnection,
    desk::Desk,
    server::{Kind, Spec},
};
use plugboard_durability::{
    dice::{Dice, any_seed},
    disk::{Cut, Disk, Image},
    fresh_folder,
    ledger::{Ledger, Page, say},
    recording::{self, Step},
    setting, subject,
};
use rusqlite::{Connection, types::ValueRef};
use tokio::task::JoinSet;

/// Visitors that write at the same time.
const VISITORS: usize = 24;

/// Messages of each visitor before the clean stop, and after it before the kill.
const MESSAGES: [usize; 2] = [12, 6];

/// Images that the product's own `doctor` examines, spread over the run.
const DOCTOR_IMAGES: u64 = 24;

#[test]
fn a_power_cut_at_any_step_loses_nothing_acknowledged() -> Result<()> {
    let spec = subject()?;
    let (lost, images) = replay_run(&spec, "power_loss")?;
    ensure!(
        lost.is_empty(),
        "{} images are bad:\n{}",
        lost.len(),
        first(&lost)
    );
    eprintln!("{images} images opened, each clean and complete");
    Ok(())
}

/// The test of the test: with `synchronous=NORMAL` acknowledged messages are lost, and the replay has to see it.
#[test]
fn a_store_that_does_not_sync_is_caught() -> Result<()> {
    let spec = Spec::new(Kind::Floor, build::floor()?).with("FLOOR_SYNCHRONOUS", "NORMAL");
    let (lost, _) = replay_run(&spec, "power_loss_unsynced")?;
    let odd = lost
        .iter()
        .find(|line| !line.contains("acknowledged are lost"));
    ensure!(odd.is_none(), "not what was to be caught: {odd:?}");
    ensure!(
        !lost.is_empty(),
        "acknowledged messages were not durable, and nobody noticed"
    );
    Ok(())
}

fn first(lost: &[String]) -> String {
    lost[..lost.len().min(10)].join("\n")
}

/// Records a run and replays it; answers the complaints and how many images were opened.
fn replay_run(spec: &Spec, name: &str) -> Result<(Vec<String>, u64)> {
    let seed = setting("POWER_SEED", any_seed());
    eprintln!("{name}: POWER_SEED={seed}");
    let dir = fresh_folder(Path::new(env!("CARGO_TARGET_TMPDIR")), name)?;
    let data = dir.join("data");
    fs::create_dir_all(&data)?;
    let log = dir.join("record");
    let recorded = spec
        .clone()
        .with("LD_PRELOAD", path_text(&shim(&dir)?)?)
        .with("RECORD_DIR", path_text(&data)?)
        .with("RECORD_LOG", path_text(&log)?);
    let told = tokio::runtime::Runtime::new()?.block_on(run(&recorded, &data))?;
    let steps = recording::read(&log)?;
    let noted = steps
        .iter()
        .filter(|step| matches!(step, Step::Acknowledge(Some(_))));
    ensure!(noted.count() >= told, "the shim missed acknowledgements");
    Replay::new(spec, &dir, seed)?.over(&steps)
}

fn path_text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not UTF-8")
}

/// Compiles the shim with the machine's C compiler.
fn shim(dir: &Path) -> Result<PathBuf> {
    let library = dir.join("recorder.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("shim/recorder.c");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O2", "-Wall", "-o"])
        .arg(&library)
        .arg(source)
        .args(["-ldl", "-lpthread"])
        .status()
        .context("running cc")?;
    ensure!(status.success(), "cc ended with {status}");
    Ok(library)
}

/// Visitors write, the server stops cleanly (which folds the log into the database), starts again, visitors write, it
/// is killed. Answers how many messages were acknowledged.
async fn run(spec: &Spec, data: &Path) -> Result<usize> {
    let (server, mut desk) = Desk::open(spec, data, VISITORS).await?;
    let ledger = write_all(&desk, Ledger::new(VISITORS), MESSAGES[0]).await?;
    server.stop()?;
    let server = spec.start(data).await?;
    desk.address = server.address;
    let ledger = write_all(&desk, ledger, MESSAGES[1]).await?;
    server.kill()?;
    Ok(ledger.acknowledged())
}

async fn write_all(desk: &Desk, ledger: Ledger, messages: usize) -> Result<Ledger> {
    let mut writers = JoinSet::new();
    for (visitor, page) in ledger.pages.into_iter().enumerate() {
        let desk = desk.clone();
        writers.spawn(async move { write(&desk, visitor, page, messages).await });
    }
    let pages = writers.join_all().await;
    let pages = pages.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(Ledger { pages })
}

async fn write(desk: &Desk, visitor: usize, mut page: Page, messages: usize) -> Result<Page> {
    let mut http = HttpConnection::connect(desk.address).await?;
    for _ in 0..messages {
        say(desk, &mut http, visitor, &mut page).await?;
    }
    Ok(page)
}

/// Walks over the steps and examines the disk after each.
struct Replay<'a> {
    spec: &'a Spec,
    dir: PathBuf,
    dice: Dice,
    acknowledged: HashSet<String>,
    /// What the last image of each kind of cut held, and the version of the disk that it was made of.
    seen: [Option<(u64, HashSet<String>)>; 2],
    images: u64,
    complaints: Vec<String>,
}

impl<'a> Replay<'a> {
    fn new(spec: &'a Spec, dir: &Path, seed: u64) -> Result<Self> {
        // Thousands of images: in memory where the machine has such a folder.
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory } else { dir };
        let name = dir
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let dir = fresh_folder(parent, &format!("plugboard-{name}-{}", std::process::id()))?;
        Ok(Self {
            spec,
            dir,
            dice: Dice::seeded(seed),
            acknowledged: HashSet::new(),
            seen: [None, None],
            images: 0,
            complaints: Vec::new(),
        })
    }

    fn over(mut self, steps: &[Step]) -> Result<(Vec<String>, u64)> {
        let mut disk = Disk::default();
        let total = steps.len() as u64;
        let every = total.div_ceil(setting("POWER_CUTS_MAX", total).clamp(1, total));
        for (number, step) in (0..).zip(steps) {
            disk.take(step)?;
            if let Step::Acknowledge(Some(id)) = step {
                self.acknowledged.insert(id.clone());
            }
            if number % every == 0 {
                self.cut(&disk, number);
            }
            if self.spec.kind == Kind::Product && number % total.div_ceil(DOCTOR_IMAGES) == 0 {
                self.doctor(&disk, number)?;
            }
        }
        fs::remove_dir_all(&self.dir)?;
        Ok((self.complaints, self.images))
    }

    /// Cuts the power after step `number` in each way, and looks.
    fn cut(&mut self, disk: &Disk, number: u64) {
        let versions = [disk.durable_version, disk.version];
        for (slot, cut) in [Cut::LosesPending, Cut::KeepsPending]
            .into_iter()
            .enumerate()
        {
            // An image that did not change since the last step is not opened again.
            let known = self.seen[slot]
                .take()
                .filter(|(version, _)| *version == versions[slot]);
            let held = match known {
                Some((_, held)) => Ok(held),
                None => self.open(disk, cut),
            };
            self.seen[slot] = self
                .judge(held, number, cut)
                .map(|held| (versions[slot], held));
        }
        let held = self.open(disk, Cut::Tears);
        self.judge(held, number, Cut::Tears);
    }

    fn open(&mut self, disk: &Disk, cut: Cut) -> Result<HashSet<String>> {
        self.images += 1;
        let image = disk.image(cut, &mut self.dice);
        self.lay_out(&image)?;
        examine(&self.dir)
    }

    fn judge(
        &mut self,
        held: Result<HashSet<String>>,
        number: u64,
        cut: Cut,
    ) -> Option<HashSet<String>> {
        match held {
            Ok(held) => {
                let lost = self.acknowledged.difference(&held).count();
                if lost > 0 {
                    self.complaints.push(format!(
                        "step {number}, {cut:?}: {lost} acknowledged are lost"
                    ));
                }
                Some(held)
            }
            Err(error) => {
                self.complaints
                    .push(format!("step {number}, {cut:?}: {error:#}"));
                None
            }
        }
    }

    fn lay_out(&self, image: &Image) -> Result<()> {
        fs::remove_dir_all(&self.dir)?;
        fs::create_dir_all(&self.dir)?;
        for (path, content) in image {
            let name = path.file_name().context("a file without a name")?;
            fs::write(self.dir.join(name), content)?;
        }
        Ok(())
    }

    /// The product itself looks at the image, once there is a store in it.
    fn doctor(&mut self, disk: &Disk, number: u64) -> Result<()> {
        if self.acknowledged.is_empty() {
            return Ok(());
        }
        let image = disk.image(Cut::Tears, &mut self.dice);
        self.lay_out(&image)?;
        let output = self.spec.command(&["doctor"], &self.dir).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stdout);
            self.complaints.push(format!(
                "step {number}: doctor ended with {}:\n{said}",
                output.status
            ));
        }
        Ok(())
    }
}

/// Opens every database in the folder and checks it; answers the ids of the messages.
fn examine(dir: &Path) -> Result<HashSet<String>> {
    let mut ids = HashSet::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "db") {
            continue;
        }
        let name = path.display().to_string();
        let database = Connection::open(&path)?;
        let verdict: String = database
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .with_context(|| name.clone())?;
        ensure!(verdict == "ok", "{name}: {verdict}");
        ids.extend(message_ids(&database).context(name)?);
    }
    Ok(ids)
}

fn message_ids(database: &Connection) -> Result<Vec<String>> {
    let table =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('message', 'messages')";
    let Ok(table) = database.query_row(table, [], |row| row.get::<_, String>(0)) else {
        return Ok(Vec::new());
    };
    let mut statement = database.prepare(&format!("SELECT id FROM {table}"))?;
    let mut rows = statement.query([])?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(match row.get_ref(0)? {
            ValueRef::Text(text) => std::str::from_utf8(text)?.to_owned(),
            ValueRef::Blob(bytes) => uuid_text(bytes),
            other => bail!("an id of type {}", other.data_type()),
        });
    }
    Ok(ids)
}

/// 16 bytes as the API writes them.
fn uuid_text(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    match hex.len() {
        32 => [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ]
        .join("-"),
        _ => hex,
    }
}
