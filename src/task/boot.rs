//! Which run of the machine this is: what was not brought down to the disk does not outlive it.

/// The same as long as the machine runs, and another after each start. `None` where it cannot be told.
#[cfg(target_os = "linux")]
pub fn id() -> Option<&'static str> {
    use std::sync::OnceLock;
    static ID: OnceLock<Option<String>> = OnceLock::new();
    let read = || Some(std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned());
    ID.get_or_init(read).as_deref()
}

/// `None`: it cannot be told here.
#[cfg(not(target_os = "linux"))]
pub fn id() -> Option<&'static str> {
    None
}
