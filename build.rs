//! Stamps the program with the version and the build it is, and gives it its icon on Windows. Never fails for want
//! of git: a source archive builds as well as a clone.
//!
//! `MILLRACE_BUILD_ID` tells one build from another: a worker process and the program that started it compare it.
//! `MILLRACE_VERSION` is what `--version` prints.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=MILLRACE_BUILD_ID");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let build_id = id_from_environment().or_else(|| id_from_git(&root)).unwrap_or_else(|| "release".to_owned());
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    println!("cargo::rustc-env=MILLRACE_BUILD_ID={build_id}");
    println!("cargo::rustc-env=MILLRACE_VERSION={version} ({build_id})");
    embed_icon();
}

/// A packager's own name for the build. What somebody sets on purpose comes before what git says.
fn id_from_environment() -> Option<String> {
    let id = env::var("MILLRACE_BUILD_ID").ok()?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._+~".contains(c);
    let usable = !id.is_empty() && id.chars().all(is_plain);
    if !usable && !id.is_empty() {
        println!("cargo::warning=MILLRACE_BUILD_ID is ignored: letters, digits and -._+~ only");
    }
    usable.then_some(id)
}

/// The short hash of the commit, with a mark where files differ from it.
fn id_from_git(root: &Path) -> Option<String> {
    // An archive unpacked inside another repository must not take that one's hash.
    let top = PathBuf::from(git(root, &["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    watch(root);
    let hash = git(root, &["rev-parse", "--short=7", "HEAD"])?;
    let changed = git(root, &["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { hash } else { format!("{hash}-dirty") })
}

/// Runs again when the commit changes, or a file that the mark can come from. Cargo runs a build script every time if
/// a watched path is missing, so only those that exist are named. In a worktree `.git` is a file, hence the questions.
fn watch(root: &Path) {
    let mut paths = vec![root.join("src"), root.join("Cargo.toml"), root.join("Cargo.lock")];
    let git_paths = ["HEAD", "logs/HEAD", "packed-refs"].map(str::to_owned);
    let branch = git(root, &["symbolic-ref", "--quiet", "HEAD"]);
    for name in git_paths.into_iter().chain(branch) {
        paths.extend(git(root, &["rev-parse", "--git-path", &name]).map(|path| root.join(path)));
    }
    for path in paths.iter().filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
}

/// One line from git, or nothing if there is no git, no repository or no commit.
fn git(root: &Path, args: &[&str]) -> Option<String> {
    // Without optional locks a build never gets in the way of a commit that is being made.
    let output = Command::new("git").arg("--no-optional-locks").args(args).current_dir(root).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Puts the icon into the program file. The tool for it is there only where the build itself runs on Windows.
#[cfg(windows)]
fn embed_icon() {
    const ICON: &str = "assets/icon/icon.ico";
    println!("cargo::rerun-if-changed={ICON}");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("windows") {
        return;
    }
    let mut resource = winresource::WindowsResource::new();
    resource.set_icon(ICON);
    if let Err(error) = resource.compile() {
        println!("cargo::warning=the program file has no icon: {error}");
    }
}

#[cfg(not(windows))]
fn embed_icon() {}
