//! What a server or a link proposes as a name: whatever it is, the name stays in its folder.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace::model::filename;

fuzz_target!(|proposed: &str| {
    for name in [filename::sanitized(proposed), filename::from_url(proposed)] {
        assert!(!name.is_empty() && name.len() <= filename::MAX_BYTES, "{name:?}");
        assert!(!name.contains(['/', '\\', '\0']) && name != "." && name != "..", "{name:?}");
        assert!(!name.starts_with('.') && !name.ends_with(['.', ' ']), "{name:?}");
        assert_eq!(filename::sanitized(&name), name, "a safe name stays as it is");
    }
});
