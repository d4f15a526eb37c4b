//! What `millrace get` takes, and what it means.

use super::args::{Common, seconds};
use super::batch::printable;
use super::one_of::on_exists;
use crate::intake;
use crate::model::checksum::{Algorithm, ChecksumError};
use crate::model::{self, Checksum, Cookie, FetchOptions, Login, OnExists, Recipe, link};
use anyhow::{Context, bail};
use clap::Args;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// `millrace get`.
#[derive(Debug, Args)]
pub struct Get {
    /// Links to fetch, also with patterns such as [001-100] and {one,two}; Metalinks.
    #[arg(value_name = "URL")]
    pub urls: Vec<String>,
    /// A list of links, one a line, or a Metalink; `-` reads standard input.
    #[arg(short, long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The folder for the files.
    #[arg(short, long, value_name = "DIR")]
    pub dir: PathBuf,
    /// The SHA-256 that the file must have. Goes with a single link.
    #[arg(long, value_name = "HEX", value_parser = sha256)]
    pub sha256: Option<Checksum>,
    /// What becomes of a file whose name is taken: rename, skip, overwrite or resume.
    #[arg(long, value_name = "RULE", default_value = "rename", hide_possible_values = true, value_parser = on_exists(RULES))]
    pub on_exists: OnExists,
    /// How to fetch.
    #[command(flatten)]
    pub fetch: FetchArgs,
    /// Options of every face.
    #[command(flatten)]
    pub common: Common,
}

/// `millrace grab`.
#[derive(Debug, Args)]
pub struct Grab {
    /// Pages, also with patterns such as [1-20] and {one,two}.
    #[arg(value_name = "URL")]
    pub urls: Vec<String>,
    /// A list of pages, one a line; `-` reads standard input.
    #[arg(short, long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Only links like this, such as '*.jpg'. May be given several times: one is enough.
    #[arg(long = "match", value_name = "GLOB")]
    pub globs: Vec<String>,
    /// Only links in which this is found. May be given several times: one is enough.
    #[arg(long = "regex", value_name = "RE")]
    pub regexes: Vec<String>,
    /// Download what was found.
    #[arg(long, requires = "dir")]
    pub get: bool,
    /// The folder for the files.
    #[arg(short, long, value_name = "DIR", requires = "get")]
    pub dir: Option<PathBuf>,
    /// What becomes of a file whose name is taken: rename, skip, overwrite or resume.
    #[arg(long, value_name = "RULE", default_value = "rename", hide_possible_values = true, value_parser = on_exists(RULES), requires = "get")]
    pub on_exists: OnExists,
    /// How to fetch.
    #[command(flatten)]
    pub fetch: FetchArgs,
    /// Options of every face.
    #[command(flatten)]
    pub common: Common,
}

/// How to fetch, for `get` and `grab`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// How often a failed attempt is tried again where that can help.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub retries: u32,
    /// Seconds without a byte after which an attempt fails.
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds)]
    pub idle_timeout: u64,
    /// Seconds that a connection may take to come about.
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    pub connect_timeout: u64,
    /// Bytes a second below which an attempt counts as stalled.
    #[arg(long, value_name = "BYTES/s", default_value_t = 0)]
    pub min_speed: u64,
    /// The speed that all downloads together may reach, in bytes a second, such as 500K or 2M.
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub limit: Option<u64>,
    /// How many connections one host may have at the same time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub per_host: Option<u16>,
    /// How many connections fetch one file, at most; otherwise by its size.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=i64::from(FetchOptions::MAX_SEGMENTS)))]
    pub segments: Option<u8>,
    /// A request header, as 'Name: value'. May be given several times.
    #[arg(long = "header", value_name = "K: V", value_parser = header)]
    pub headers: Vec<(String, String)>,
    /// What to send as User-Agent.
    #[arg(long, value_name = "S", value_parser = |text: &str| header_value("User-Agent", text))]
    pub user_agent: Option<String>,
    /// Cookies of browsers, in the file that they export.
    #[arg(long, value_name = "FILE")]
    pub cookies: Option<PathBuf>,
    /// A proxy for every request; otherwise the environment's.
    #[arg(long, value_name = "URL")]
    pub proxy: Option<String>,
}

impl FetchArgs {
    /// How to fetch.
    pub fn options(&self) -> anyhow::Result<FetchOptions> {
        if let Some(proxy) = self.proxy.as_deref().filter(|proxy| !link::has_proxy_scheme(proxy)) {
            let (shown, schemes) = (link::shown_proxy(proxy), link::PROXY_SCHEMES.join(", "));
            bail!("--proxy {shown} names no kind of proxy that Millrace knows; it knows {schemes}");
        }
        let defaults = FetchOptions::default();
        Ok(FetchOptions {
            connect_timeout_ms: self.connect_timeout,
            idle_timeout_ms: self.idle_timeout,
            min_bytes_per_s: self.min_speed,
            user_agent: self.user_agent.clone().unwrap_or(defaults.user_agent),
            origins: Vec::new(),
            headers: self.headers.clone(),
            proxy: self.proxy.clone(),
            cookies: self.cookies.as_deref().map(cookies).transpose()?.unwrap_or_default(),
            logins: logins(),
            segments: self.segments,
            // Who asks for many connections for one file means it.
            per_host: self.per_host.unwrap_or(defaults.per_host.max(self.segments.map_or(0, u16::from))),
        })
    }
}

fn sha256(text: &str) -> Result<Checksum, ChecksumError> {
    Checksum::from_hex(Algorithm::Sha256, text)
}

/// Reads a file of cookies.
fn cookies(path: &Path) -> anyhow::Result<Vec<Cookie>> {
    let name = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the cookies {name}; check its name"))?;
    intake::from_cookie_file(&String::from_utf8_lossy(&bytes))
        .map_err(|error| anyhow::anyhow!("the file of cookies {name} cannot be used: {error}"))
}

/// The names and passwords of the person's netrc, if there is one. What is wrong with it is told, and is no reason not to
/// fetch.
pub fn logins() -> Vec<Login> {
    let (logins, complaint) = intake::logins();
    if let Some(complaint) = complaint {
        // With standard error gone there is nobody left to tell.
        writeln!(io::stderr(), "millrace: {}", printable(&complaint)).ok();
    }
    logins
}

/// Refuses rules for names that are taken which make no sense together with what else is to be done.
pub(super) fn check_on_exists(on_exists: OnExists, recipe: Option<&Recipe>) -> anyhow::Result<()> {
    if on_exists == OnExists::Resume && recipe.is_some() {
        bail!("--on-exists resume does not go with a recipe: a converted picture is not the beginning of a download");
    }
    Ok(())
}

const RULES: [OnExists; 4] = [OnExists::Rename, OnExists::Skip, OnExists::Overwrite, OnExists::Resume];

/// A speed as people write it: a size, with or without `/s`.
fn rate(text: &str) -> Result<u64, String> {
    let speed = model::size::parsed_rate(text);
    speed.ok_or_else(|| format!("\"{text}\" is not a speed; write bytes a second, such as 500K or 2M"))
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once(':').ok_or_else(|| format!("\"{text}\" is not a header; write 'Name: value'"))?;
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        return Err(format!("\"{name}\" is not the name of a header"));
    }
    if FetchOptions::OWN_HEADERS.iter().any(|own| own.eq_ignore_ascii_case(name)) {
        return Err(format!("the header {name} cannot be set: Millrace has to choose it itself"));
    }
    Ok((name.to_owned(), header_value(name, value.trim())?))
}

fn header_value(name: &str, value: &str) -> Result<String, String> {
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(format!("the value of the header \"{name}\" has a line break or another control character in it"));
    }
    Ok(value.to_owned())
}
