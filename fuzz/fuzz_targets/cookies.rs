//! Any text as a file of cookies: cookies that can be sent, or the line that is none, without what is secret in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use millrace::intake;

fuzz_target!(|text: &str| {
    match intake::from_cookie_file(text) {
        Ok(cookies) => {
            for cookie in cookies {
                assert!(!cookie.domain.is_empty() && cookie.path.starts_with('/'), "{cookie:?}");
                assert!(!cookie.value.contains([';', '\r', '\n']), "{cookie:?}");
            }
        }
        Err(error) => assert!(error.to_string().len() < 200),
    }
});
