//! Millrace fetches many files and processes many pictures: a pool of threads downloads, a pool of child
//! processes does the CPU-bound image work, and progress flows back over channels.

pub mod demo;
pub mod engine;
pub mod intake;
pub mod model;
pub mod task;
