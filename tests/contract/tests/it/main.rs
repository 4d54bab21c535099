//! The tables of the contract, one file each, against the real binary.

mod agents;
mod bombs;
mod conform;
mod conversations;
mod demo;
mod guests;
mod hostile;
mod hot_swap;
mod isolation;
mod live;
mod mail;
mod operate;
mod phone;
mod plugins;
mod process;
mod replays;
mod visitors;
