//! What a conversation answers to each command.

mod assign;
mod begin;
mod clocks;
mod escalate;
mod labels;
mod marks;
mod merge;
mod post;
mod receive;
mod schedule;
mod status;
