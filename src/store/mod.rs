//! What outlives the program: the queue and its history, the settings, the recipes, the log.

mod folder;
pub mod lock;
pub mod log;
pub mod queue;
pub mod recipes;
pub mod rows;
pub mod settings;
pub mod whole;

pub use folder::{FolderError, StateFolder};
pub use lock::{LockError, StateLock};
pub use queue::{KeepError, OpenError, Past, Queue, done_among, history};
pub use settings::Settings;
