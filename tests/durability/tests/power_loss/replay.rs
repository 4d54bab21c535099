//! Walks over a recording, cuts the power after each step, and looks at what is left.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use plugboard_bench::server::{Kind, Spec};
use plugboard_durability::{
    dice::Dice,
    disk::{Cut, Disk, Image},
    fresh_folder,
    recording::Step,
    setting,
};

use crate::examine::examine;

/// Images that the product's own `doctor` examines, spread over the run.
const DOCTOR_IMAGES: u64 = 24;

/// Walks over the steps and examines the disk after each.
pub(crate) struct Replay<'a> {
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
    pub(crate) fn new(spec: &'a Spec, dir: &Path, seed: u64) -> Result<Self> {
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

    pub(crate) fn over(mut self, steps: &[Step]) -> Result<(Vec<String>, u64)> {
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
