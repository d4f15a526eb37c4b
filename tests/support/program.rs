//! The program, run from its command line.

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// Runs the program with a state folder of its own and a text on its standard input.
pub(crate) fn millrace(arguments: &[&str], stdin: &[u8]) -> Output {
    let state = tempfile::tempdir().expect("a folder");
    let mut program = Command::new(env!("CARGO_BIN_EXE_millrace"))
        .args(arguments)
        .env("MILLRACE_STATE", state.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    // A program that ends with 2 may not have read it.
    program.stdin.take().expect("a pipe").write_all(stdin).ok();
    program.wait_with_output().expect("ended")
}
