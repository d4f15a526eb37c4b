//! What outlives the program: settings.

pub mod settings;

pub use settings::Settings;
