//! The icons, by what they mean here. Glyphs of Material Symbols; `assets/fonts/README.md` has the table. An icon is
//! never the name of a control.

pub(crate) const ADD: &str = "\u{e145}";
pub(crate) const ADD_LINK: &str = "\u{e178}";
pub(crate) const BROKEN: &str = "\u{e3ad}";
pub(crate) const CANCEL: &str = "\u{e5c9}";
pub(crate) const CLOSE: &str = "\u{e14c}";
pub(crate) const COMPARE: &str = "\u{e3b9}";
pub(crate) const CONVERT: &str = "\u{e428}";
pub(crate) const COPY: &str = "\u{e14d}";
pub(crate) const DARK: &str = "\u{e51c}";
pub(crate) const DELETE: &str = "\u{e872}";
pub(crate) const DONE: &str = "\u{e86c}";
pub(crate) const DOWNLOAD: &str = "\u{e171}";
pub(crate) const DROP: &str = "\u{e9fc}";
pub(crate) const EXPAND: &str = "\u{e5cf}";
pub(crate) const FAILED: &str = "\u{e000}";
pub(crate) const FOLDER: &str = "\u{e2c8}";
pub(crate) const INFO: &str = "\u{e88e}";
pub(crate) const KEYBOARD: &str = "\u{e312}";
pub(crate) const LIGHT: &str = "\u{e518}";
pub(crate) const MIXED: &str = "\u{e0b6}";
pub(crate) const OPEN: &str = "\u{e895}";
pub(crate) const PAUSE: &str = "\u{fe034}";
pub(crate) const PICTURE: &str = "\u{e251}";
pub(crate) const PLAY: &str = "\u{fe037}";
pub(crate) const PROCESSES: &str = "\u{f720}";
pub(crate) const QUEUED: &str = "\u{e192}";
pub(crate) const REMOVE: &str = "\u{e15b}";
pub(crate) const RETRY: &str = "\u{e042}";
pub(crate) const SEARCH: &str = "\u{e8b6}";
pub(crate) const SERIAL: &str = "\u{e260}";
pub(crate) const SETTINGS: &str = "\u{e8b8}";
pub(crate) const SYSTEM: &str = "\u{e429}";
pub(crate) const THREADS: &str = "\u{e53b}";
