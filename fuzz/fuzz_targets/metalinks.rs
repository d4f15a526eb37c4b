//! Any bytes as a Metalink: jobs or a sentence, and no name leaves its folder. Those that are none are read as lists by the
//! target `lists`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace::intake;
use millrace_fuzz::are_safe;

fuzz_target!(|bytes: &[u8]| are_safe(&intake::from_list(bytes, "a.meta4").unwrap_or_default()));
