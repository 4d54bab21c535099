//! A disk with a memory: which bytes survive a power cut for certain, and which only perhaps.
//!
//! A write is pending until its file is synced; after a cut each pending write may be there, not be there, or be there
//! in some of its sectors, in any combination and order. Names (creating, removing, renaming) count as durable
//! at once: the file systems that we support order them, and `SQLite` does not depend on more.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
};

use anyhow::{Context as _, Result};

use crate::{dice::Dice, recording::Step};

/// What a disk writes as a whole.
const SECTOR_BYTES: usize = 512;

/// Which pending writes survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// None: the strictest about fsync.
    LosesPending,
    /// All: what a killed process leaves.
    KeepsPending,
    /// Each sector by the toss of a coin: out of order and torn.
    Tears,
}

/// The files by name, as found after the power is back.
pub type Image = BTreeMap<PathBuf, Vec<u8>>;

/// Recorded files with their durable and their pending content.
#[derive(Default)]
pub struct Disk {
    files: Vec<File>,
    names: BTreeMap<PathBuf, usize>,
    descriptors: HashMap<u32, usize>,
    /// Grows when durable bytes or names change.
    pub durable_version: u64,
    /// Grows when anything changes.
    pub version: u64,
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Pending>,
}

enum Pending {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

impl Disk {
    /// Takes one step.
    pub fn take(&mut self, step: &Step) -> Result<()> {
        match step {
            Step::Open { file, path } => {
                if !self.names.contains_key(path) {
                    self.names.insert(path.clone(), self.files.len());
                    self.files.push(File::default());
                    self.durable_changed();
                }
                self.descriptors.insert(*file, self.names[path]);
            }
            Step::Write {
                file,
                offset,
                bytes,
            } => {
                let (offset, bytes) = (usize::try_from(*offset)?, bytes.clone());
                let write = Pending::Write { offset, bytes };
                self.file(*file)?.pending.push(write);
                self.version += 1;
            }
            Step::Truncate { file, size } => {
                let cut = Pending::Truncate(usize::try_from(*size)?);
                self.file(*file)?.pending.push(cut);
                self.version += 1;
            }
            Step::Sync { file } => {
                let file = self.file(*file)?;
                for change in std::mem::take(&mut file.pending) {
                    change.apply(&mut file.durable);
                }
                self.durable_changed();
            }
            Step::Unlink(path) => {
                self.names.remove(path);
                self.durable_changed();
            }
            Step::Rename { from, to } => {
                let moved = self
                    .names
                    .remove(from)
                    .context("renaming an unknown file")?;
                self.names.insert(to.clone(), moved);
                self.durable_changed();
            }
            Step::Acknowledge(_) => {}
        }
        Ok(())
    }

    /// What is found after a power cut now.
    pub fn image(&self, cut: Cut, dice: &mut Dice) -> Image {
        let named = self.names.iter();
        named
            .map(|(path, number)| (path.clone(), self.files[*number].survives(cut, dice)))
            .collect()
    }

    fn file(&mut self, descriptor: u32) -> Result<&mut File> {
        let number = self.descriptors.get(&descriptor);
        Ok(&mut self.files[*number.context("a step of a file that was never opened")?])
    }

    fn durable_changed(&mut self) {
        self.durable_version += 1;
        self.version += 1;
    }
}

impl File {
    fn survives(&self, cut: Cut, dice: &mut Dice) -> Vec<u8> {
        let mut content = self.durable.clone();
        for change in &self.pending {
            match cut {
                Cut::LosesPending => {}
                Cut::KeepsPending => change.apply(&mut content),
                Cut::Tears => change.apply_torn(&mut content, dice),
            }
        }
        content
    }
}

impl Pending {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => put(content, *offset, bytes),
            Self::Truncate(size) => content.resize(*size, 0),
        }
    }

    fn apply_torn(&self, content: &mut Vec<u8>, dice: &mut Dice) {
        match self {
            Self::Write { offset, bytes } => {
                let mut at = *offset;
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    let sector = (SECTOR_BYTES - at % SECTOR_BYTES).min(rest.len());
                    if dice.coin() {
                        put(content, at, &rest[..sector]);
                    }
                    at += sector;
                    rest = &rest[sector..];
                }
            }
            Self::Truncate(_) if dice.coin() => self.apply(content),
            Self::Truncate(_) => {}
        }
    }
}

fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Disk {
        let mut disk = Disk::default();
        let path = PathBuf::from("/d/a");
        let write = |offset, bytes: &[u8]| Step::Write {
            file: 1,
            offset,
            bytes: bytes.to_vec(),
        };
        let steps = [
            Step::Open { file: 1, path },
            write(0, b"kept"),
            Step::Sync { file: 1 },
            write(2, b"lost"),
        ];
        for step in steps {
            disk.take(&step).unwrap();
        }
        disk
    }

    #[test]
    fn only_synced_bytes_are_certain() {
        let (disk, mut dice) = (written(), Dice::seeded(1));
        let path = PathBuf::from("/d/a");
        assert_eq!(disk.image(Cut::LosesPending, &mut dice)[&path], b"kept");
        assert_eq!(disk.image(Cut::KeepsPending, &mut dice)[&path], b"kelost");
    }

    #[test]
    fn a_removed_name_is_gone_at_once() {
        let mut disk = written();
        disk.take(&Step::Unlink(PathBuf::from("/d/a"))).unwrap();
        let image = disk.image(Cut::KeepsPending, &mut Dice::seeded(1));
        assert!(image.is_empty());
    }
}
