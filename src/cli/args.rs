//! The command line as clap reads it, and what its options mean. A value that makes no sense ends with exit status
//! 2 and a sentence that names it.

pub use super::file_args::FileArgs;
pub use super::get_args::{Get, Grab};
pub use super::lab_args::Lab;
use super::one_of::one_of;
pub use super::recipe_args::{PictureArgs, Recipes};
use crate::engine::EngineConfig;
use crate::intake::{self, Pattern};
use crate::model::lab::Workload;
use crate::model::recipe::{FitBox, Format};
use crate::model::{self, LaneCounts, Mode};
use crate::store::Settings;
use anyhow::{Context, bail, ensure};
use clap::builder::OsStringValueParser;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Download many files and convert many pictures, one at a time, on threads or in processes, and watch every lane.
#[derive(Debug, Parser)]
#[command(name = "millrace", version = crate::VERSION, subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do without a window.
    #[command(subcommand)]
    pub command: Option<Subcommands>,
    /// Pictures, folders and links to queue in the window; one that runs already on the state folder takes them.
    #[arg(value_name = "PATH|URL")]
    pub inputs: Vec<OsString>,
    /// Run the demo batch: no network needed.
    #[arg(long)]
    pub demo: bool,
    /// Open the Lab and run one of its examples; `millrace lab list` names them.
    #[arg(long, value_name = "WORKLOAD", hide_possible_values = true, value_parser = one_of::<Workload>(Workload::ALL.map(Workload::as_str)))]
    pub lab: Option<Workload>,
    /// Save a picture of the window: when half of the batch has ended, or all of it with --exit-when-done.
    #[arg(long, value_name = "FILE")]
    pub screenshot: Option<PathBuf>,
    /// Close the window once every job has ended.
    #[arg(long)]
    pub exit_when_done: bool,
    /// Options of every face.
    #[command(flatten)]
    pub common: Common,
}

/// The faces without a window.
#[derive(Debug, Subcommand)]
pub enum Subcommands {
    /// Download links, and convert the pictures among them if a recipe is given.
    Get(Get),
    /// List the links of pages, or download them.
    Grab(Grab),
    /// Convert pictures; folders are walked.
    Convert(Convert),
    /// Go on with what an earlier run left unfinished.
    Resume(Resume),
    /// List what was done before, newest first.
    History(History),
    /// Take back the last batch: remove what it wrote and nobody has touched since.
    Undo(Undo),
    /// List, show, check and import recipes.
    Recipes(Recipes),
    /// Run an example one at a time, on threads, under an interpreter lock and in processes, and compare.
    Lab(Lab),
    /// Tell what this machine offers, for a bug report.
    Doctor(Doctor),
}

/// `millrace convert`.
#[derive(Debug, Args)]
pub struct Convert {
    /// Pictures and folders of pictures.
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// The folder for the results.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// What to write, beyond format and quality.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// What to call it.
    #[command(flatten)]
    pub files: FileArgs,
    /// Options of every face.
    #[command(flatten)]
    pub common: Common,
}

/// `millrace resume`.
#[derive(Debug, Args)]
pub struct Resume {
    /// Options of every face.
    #[command(flatten)]
    pub common: Common,
}

/// `millrace history`.
#[derive(Debug, Args)]
pub struct History {
    /// Words that the input, the result or the error must contain.
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,
    /// How many at most.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub most: usize,
    /// Options of every face.
    #[command(flatten)]
    pub common: Common,
}

/// `millrace undo`.
#[derive(Debug, Args)]
pub struct Undo {
    /// Options of every face.
    #[command(flatten)]
    pub common: Common,
}

/// `millrace doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Options of every face.
    #[command(flatten)]
    pub common: Common,
}

/// Options of every face.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the command line")]
pub struct Common {
    /// Where work runs: serial, threads, processes or mixed (threads fetch, processes compute).
    #[arg(long, value_name = "MODE", hide_possible_values = true, value_parser = one_of::<Mode>(Mode::ALL.map(Mode::as_str)))]
    pub mode: Option<Mode>,
    /// Lanes that download, 1 to 1024.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(LaneCounts::MAX_FETCH)))]
    pub lanes: Option<u16>,
    /// Lanes that compute, 1 to 64.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(LaneCounts::MAX)))]
    pub workers: Option<u16>,
    /// What to do with pictures: "Web 1920", "Thumbnail 512", "WebP lossless", one that was imported, or a file.
    #[arg(long, value_name = "NAME|FILE.toml")]
    pub recipe: Option<String>,
    /// Make pictures fit this box; they are never enlarged.
    #[arg(long, value_name = "WxH")]
    pub fit: Option<FitBox>,
    /// Write this format: jpeg, png, webp, tiff, gif, bmp, or avif where this Millrace was built with it.
    #[arg(long, value_name = "FORMAT", hide_possible_values = true, value_parser = one_of::<Format>(Format::ALL.map(Format::name)))]
    pub format: Option<Format>,
    /// 1 (smallest) to 100 (best), for JPEG, WebP and AVIF.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub quality: Option<u8>,
    /// Memory that pictures may take together, such as 512MiB or 2G; otherwise a share of what is free.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory: Option<u64>,
    /// Seconds that one attempt may take, pauses not counted.
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub deadline: Option<u64>,
    /// How little of the processor worker processes claim, 0 to 19.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..=19))]
    pub nice: Option<i32>,
    /// Tie each worker process to one core.
    #[arg(long)]
    pub pin: bool,
    /// Write what ran where to a file that Perfetto and Chrome read.
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// The folder for Millrace's own files.
    #[arg(long, value_name = "DIR", env = "MILLRACE_STATE", value_parser = OsStringValueParser::new())]
    pub state: Option<OsString>,
    /// Print one JSON line for each job that ends, and nothing else.
    #[arg(long)]
    pub json: bool,
    /// Print failures only.
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print what each job took, and the details of failures.
    #[arg(short, long)]
    pub verbose: bool,
}

impl Cli {
    /// What to queue in the window. A desktop hands files over as `file` links, which become paths here.
    pub fn queued(&self) -> Vec<OsString> {
        let named = |input: &OsString| {
            let path = input.to_str().filter(|text| text.starts_with("file://")).and_then(intake::path_of_link);
            path.map_or_else(|| input.clone(), PathBuf::into_os_string)
        };
        self.inputs.iter().map(named).collect()
    }

    /// Reads the command line of this program.
    ///
    /// # Errors
    ///
    /// The exit status where there is nothing more to do: the command line makes no sense, or asked for help or the
    /// version. What there is to say to that was printed.
    pub fn of_this_program() -> Result<Cli, ExitCode> {
        Cli::try_parse().map_err(|error| {
            // Where nobody listens any more there is nobody to tell.
            error.print().ok();
            let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
            let late = words.iter().skip(2).find(|word| words[1].starts_with('-') && is_command(word));
            if let Some(command) = late.filter(|_| error.kind() == ErrorKind::UnknownArgument) {
                writeln!(std::io::stderr(), "\nOptions stand behind the command: millrace {command} …").ok();
            }
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(super::WRONG_USAGE))
        })
    }

    /// Looks before the window opens at what it is to queue and to write.
    ///
    /// # Errors
    ///
    /// Fails for what cannot be meant: the name of a command among the inputs, a link with a bad pattern, unless a file
    /// is really called that, and files that could not be written in the end.
    pub fn check_inputs(&self) -> anyhow::Result<()> {
        let queued = self.queued();
        let typed = queued.iter().filter_map(|input| input.to_str()).filter(|text| !Path::new(text).exists());
        for text in typed {
            if text.contains("://") {
                Pattern::parse(text)?;
            } else if is_command(text) {
                bail!("\"{text}\" stands behind options or inputs; a command comes first: millrace {text} …");
            }
        }
        [&self.screenshot, &self.common.trace].into_iter().flatten().try_for_each(|path| check_place(path))
    }
}

fn is_command(word: &str) -> bool {
    Cli::command().get_subcommands().any(|command| command.get_name() == word)
}

/// Fails where a file could not be written once there is something to write.
pub(super) fn check_place(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    ensure!(
        folder.is_dir() && !path.is_dir(),
        "cannot write {}: {}; choose another place",
        path.display(),
        if path.is_dir() { "it is a folder" } else { "its folder is not there" }
    );
    Ok(())
}

impl Common {
    /// The engine that these options ask for.
    ///
    /// # Errors
    ///
    /// Fails where the system does not tell where this program's own file is.
    pub fn engine(&self) -> anyhow::Result<EngineConfig> {
        let mut config = EngineConfig::for_this_machine().context("cannot find this program's own file")?;
        config.mode = self.mode.unwrap_or_default();
        config.lanes.fetch = self.lanes.unwrap_or(config.lanes.fetch);
        config.lanes.mill = self.workers.unwrap_or(config.lanes.mill);
        config.choosing = self.lanes.is_none();
        config.memory = self.memory.unwrap_or(config.memory);
        (config.workers.nice, config.workers.pin) = (self.nice, self.pin);
        Ok(config)
    }

    /// The same for a window, which keeps its lanes from one time to the next.
    ///
    /// # Errors
    ///
    /// Fails where [`Common::engine`] does. Settings that cannot be read are the defaults.
    pub fn window_engine(&self, state_dir: &Path) -> anyhow::Result<EngineConfig> {
        let mut config = self.engine()?;
        let set = Settings::load(state_dir).0.lanes;
        config.lanes.fetch = self.lanes.or(set.fetch).unwrap_or(config.lanes.fetch);
        config.lanes.mill = self.workers.or(set.mill).unwrap_or(config.lanes.mill);
        config.choosing = self.lanes.or(set.fetch).is_none();
        Ok(config)
    }
}

/// Seconds, also with a fraction, as milliseconds.
pub(super) fn seconds(text: &str) -> Result<u64, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.001..=86_400.0).contains(seconds));
    seconds
        .map(|seconds| (seconds * 1e3) as u64)
        .ok_or_else(|| format!("\"{text}\" is not a time; write seconds above 0 and up to 86400, such as 30 or 0.5"))
}

/// A size as people write it, in bytes.
pub(super) fn size(text: &str) -> Result<u64, String> {
    model::size::parsed(text).ok_or_else(|| format!("\"{text}\" is not a size; write one such as 512MiB or 2G"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(line.split_whitespace())
    }

    #[cfg(unix)]
    #[test]
    fn files_that_a_desktop_hands_over_are_paths() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a [1] ä.jpg");
        std::fs::write(&file, "").expect("written");
        let link = format!("file://{}/a%20%5B1%5D%20%C3%A4.jpg", folder.path().display());
        let cli = Cli::try_parse_from(["millrace", &link, "file:///no/such/file", "https://h/a%20b"]).expect("parsed");
        assert_eq!(cli.queued(), [file.into(), OsString::from("file:///no/such/file"), "https://h/a%20b".into()]);
        assert!(cli.check_inputs().is_ok());
    }

    #[test]
    fn nonsense_is_refused_with_exit_status_2() {
        for line in [
            "millrace get -d out --lanes 0 http://h/a",
            "millrace get -d out --lanes 1025 http://h/a",
            "millrace convert a.jpg -o out --workers x",
            "millrace convert a.jpg -o out --fit 0x0",
            "millrace convert a.jpg -o out --quality 200",
            "millrace convert a.jpg -o out --quality 0",
            "millrace convert a.jpg -o out --mode warp",
            "millrace convert a.jpg -o out --format heic",
            "millrace convert a.jpg -o out --chroma 411",
            "millrace convert a.jpg -o out --metadata some",
            "millrace recipes",
            "millrace recipes show",
            "millrace convert a.jpg -o out -q -v",
            "millrace convert -o out",
            "millrace get http://h/a",
            "millrace get -d out --idle-timeout 0 http://h/a",
            "millrace get -d out --header nonsense http://h/a",
            "millrace get -d out --retries -1 http://h/a",
            "millrace get -d out --sha256 abc http://h/a",
        ] {
            assert_eq!(parse(line).expect_err(line).exit_code(), 2, "{line}");
        }
    }
}
