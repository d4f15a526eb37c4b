//! What this machine offers, in a form fit for a bug report. The sandbox is not asked for but tried.

use super::args::Doctor;
use super::state::state_dir;
use crate::engine::{Sandbox, probe_sandbox};
use crate::store::{log, queue, settings};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use sysinfo::System;
use walkdir::WalkDir;

/// Where fonts for scripts that the bundled ones lack may be.
const FONT_FOLDERS: [&str; 4] = ["/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "C:\\Windows\\Fonts"];

/// Runs `millrace doctor`.
///
/// # Errors
///
/// Fails where this program's own file or a state folder cannot be named, or the report cannot be printed. A sandbox
/// that cannot be tried is told in the report.
pub fn doctor(doctor: &Doctor) -> anyhow::Result<ExitCode> {
    let config = doctor.common.engine()?;
    let state_dir = state_dir(doctor.common.state.as_deref())?;
    let sandbox = probe_sandbox(&config);
    let report = json!({
        "version": crate::VERSION,
        "build": crate::BUILD_ID,
        "system": {
            "name": System::long_os_version().ok(),
            "kernel": System::kernel_version().ok(),
            "architecture": std::env::consts::ARCH,
        },
        "cores": thread::available_parallelism().map_or(1, std::num::NonZero::get),
        "memory": memory(config.memory),
        "limits": limits(),
        "display": display(),
        "fonts": fonts(),
        "paths": paths(&state_dir, &config.worker_program),
        "sandbox": match &sandbox {
            Ok(sandbox) => sandbox_json(sandbox),
            Err(error) => json!({"error": error.to_string(), "probes": []}),
        },
    });
    let mut out = io::stdout().lock();
    if doctor.common.json {
        writeln!(out, "{report}")?;
    } else {
        write!(out, "{}", as_text(&report))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn memory(budget: u64) -> Value {
    let Ok(mut system) = System::new() else { return Value::Null };
    system.refresh_memory();
    json!({"total_bytes": system.total_memory(), "available_bytes": system.available_memory(), "budget_bytes": budget})
}

#[cfg(unix)]
fn limits() -> Value {
    use rustix::process::{Resource, getrlimit};
    let limit = |resource| match getrlimit(resource).current {
        Some(value) => json!(value),
        None => json!("unlimited"),
    };
    json!({"open_files": limit(Resource::Nofile), "processes": limit(Resource::Nproc),
        "file_bytes": limit(Resource::Fsize), "address_space_bytes": limit(Resource::As)})
}

#[cfg(not(unix))]
fn limits() -> Value {
    json!({})
}

fn display() -> Value {
    let variable = |name: &str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        value.map(|value| value.to_string_lossy().into_owned())
    };
    let (x11, wayland) = (variable("DISPLAY"), variable("WAYLAND_DISPLAY").or_else(|| variable("WAYLAND_SOCKET")));
    let always = cfg!(any(windows, target_os = "macos"));
    json!({"available": always || x11.is_some() || wayland.is_some(), "x11": x11, "wayland": wayland,
        "session": variable("XDG_SESSION_TYPE"), "desktop": variable("XDG_CURRENT_DESKTOP")})
}

fn fonts() -> Value {
    let own = directories::UserDirs::new().and_then(|dirs| dirs.font_dir().map(Path::to_owned));
    let folders: Vec<PathBuf> =
        FONT_FOLDERS.map(PathBuf::from).into_iter().chain(own).filter(|dir| dir.is_dir()).collect();
    let is_font = |path: &Path| {
        path.extension().is_some_and(|end| ["ttf", "otf", "ttc"].iter().any(|font| end.eq_ignore_ascii_case(font)))
    };
    let files = folders.iter().flat_map(WalkDir::new).flatten();
    let count = files.filter(|entry| is_font(entry.path())).count();
    json!({"bundled": true, "system_folders": folders, "system_files": count})
}

fn paths(state_dir: &Path, program: &Path) -> Value {
    json!({
        "program": program.display().to_string(),
        "state": state_dir.display().to_string(),
        "queue": state_dir.join(queue::FILE_NAME).display().to_string(),
        "settings": state_dir.join(settings::FILE_NAME).display().to_string(),
        "log": log::path(state_dir).display().to_string(),
        "temporary": std::env::temp_dir().display().to_string(),
    })
}

fn sandbox_json(sandbox: &Sandbox) -> Value {
    let mut value = serde_json::to_value(sandbox.posture).unwrap_or_default();
    let probes: Vec<Value> = sandbox
        .probes
        .iter()
        .map(|probed| json!({"name": probed.probe.as_str(), "denied": probed.denied, "how": probed.how}))
        .collect();
    value["probes"] = json!(probes);
    value
}

/// The same for people: a line for each value, names made of the way to it.
fn as_text(report: &Value) -> String {
    let mut text = String::new();
    add_lines(&mut text, "", report);
    text
}

fn add_lines(text: &mut String, name: &str, value: &Value) {
    match value {
        Value::Object(fields) if fields.contains_key("denied") => {
            let denied = if fields["denied"] == json!(true) { "denied" } else { "NOT DENIED" };
            let (probe, how) = (fields["name"].as_str().unwrap_or(""), fields["how"].as_str().unwrap_or(""));
            text.push_str(&format!("{name:<28} {probe}: {denied} ({how})\n"));
        }
        Value::Object(fields) => {
            for (key, value) in fields {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                add_lines(text, &name, value);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| add_lines(text, name, value)),
        Value::String(value) => text.push_str(&format!("{name:<28} {value}\n")),
        Value::Null => text.push_str(&format!("{name:<28} none\n")),
        other => text.push_str(&format!("{name:<28} {other}\n")),
    }
}
