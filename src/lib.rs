//! Millrace fetches many files and processes many pictures: a pool of threads downloads, a pool of child
//! processes does the CPU-bound image work, and progress flows back over channels.

pub mod demo;
pub mod engine;
pub mod intake;
pub mod model;
pub mod task;
pub mod worker;

/// Names this build. A worker of another build is refused.
pub const BUILD_ID: &str = match option_env!("MILLRACE_BUILD_ID") {
    Some(id) => id,
    None => "unnamed",
};
