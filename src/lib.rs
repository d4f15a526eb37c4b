//! Millrace downloads many files and converts many pictures, one at a time, on threads or in child processes, and shows
//! where each piece of work runs.

pub mod cli;
pub mod demo;
pub mod engine;
pub mod intake;
pub mod lab;
pub mod model;
pub mod store;
mod sync;
pub mod task;
pub mod trace;
pub mod window;
pub mod worker;

/// Names this build. A worker of another build is refused.
pub const BUILD_ID: &str = env!("MILLRACE_BUILD_ID");

/// The version and the build, for people.
pub const VERSION: &str = env!("MILLRACE_VERSION");
