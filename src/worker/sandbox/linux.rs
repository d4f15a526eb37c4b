//! The Linux sandbox: `no_new_privs`, Landlock and resource limits here, the system call filter in `seccomp`.
//!
//! Landlock and the filter overlap on purpose. The filter alone keeps a descriptors-only worker from every path, save
//! that it may learn whether a path exists and how large it is; Landlock alone keeps any worker from reading the
//! memory of a process outside, and a downloading one from files that are not for it.

use super::Allowance;
use crate::model::{Confinement, InForce};
use landlock::{
    ABI, Access, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use rustix::thread::set_no_new_privs;
use rustix::time::{ClockId, clock_gettime};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Duration;

/// The newest Landlock version whose rights this asks for. An older kernel enforces those that it knows.
const NEWEST: ABI = ABI::V9;

/// The most open descriptors of a worker that is handed them one task at a time.
const MAX_OPEN_DESCRIPTORS: u64 = 64;

/// The most open descriptors of a worker that opens connections.
const MAX_OPEN_NETWORK: u64 = 256;

/// No file grows beyond this, whatever a task is allowed.
const MAX_FILE_BYTES: u64 = 1 << 40;

/// What a downloading worker may read: the system's programs and settings for name lookup, TLS and the C library.
const READABLE: [&str; 30] = [
    "/etc",
    "/usr",
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/var/lib/ca-certificates",
    // Where /etc/resolv.conf may point: its folder too, for it is replaced while the worker runs.
    "/etc/resolv.conf",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
    "/run/connman",
    "/run/netconfig",
    "/mnt/wsl",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    // This resolves to the folder of this process: those of the others stay shut.
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/version",
    "/proc/sys",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
    "/sys/fs/cgroup",
];

/// Names of variables that move the TLS root certificates elsewhere.
const CERTIFICATE_VARIABLES: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

pub(super) fn before_threads(what: Confinement) -> InForce {
    let no_new_privs = set_no_new_privs(true).is_ok();
    let landlock = restrict_files(what).unwrap_or(0);
    // Keeps workers of the same user out of each other's memory, and a killed one from leaving a core dump even
    // where dumps go to a program. Refusal costs only that.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).ok();
    InForce { seccomp: false, no_new_privs, rlimits: fix_limits(what), landlock }
}

pub(super) fn after_threads(what: Confinement, so_far: InForce) -> InForce {
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    {
        // Installing sets `no_new_privs` too, and gives it to the other threads.
        let seccomp = super::seccomp::install(what).is_ok();
        InForce { seccomp, no_new_privs: so_far.no_new_privs || seccomp, ..so_far }
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        _ = what;
        so_far
    }
}

/// Enters a Landlock domain and returns the version that is enforced, 0 where the kernel has none.
fn restrict_files(what: Confinement) -> Result<u32, RulesetError> {
    let (ports, readable) = match what {
        // Landlock knows TCP alone. Binding a port is for servers.
        Confinement::Network => (AccessNet::BindTcp.into(), readable()),
        Confinement::Descriptors | Confinement::None => (AccessNet::from_all(NEWEST), Vec::new()),
    };
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(ports)?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(readable, AccessFs::ReadFile | AccessFs::ReadDir))?
        .restrict_self()?;
    Ok(match status.landlock {
        LandlockStatus::Available { effective_abi, .. } if status.ruleset != RulesetStatus::NotEnforced => {
            effective_abi as u32
        }
        _ => 0,
    })
}

fn readable() -> Vec<PathBuf> {
    let certificates = CERTIFICATE_VARIABLES.into_iter().filter_map(std::env::var_os);
    let certificates = certificates.flat_map(|list| std::env::split_paths(&list).collect::<Vec<_>>());
    READABLE.into_iter().map(PathBuf::from).chain(certificates).collect()
}

/// Sets the limits that hold for the life of the process. The hard limits too, so that only root raises them again.
fn fix_limits(what: Confinement) -> bool {
    let open = if what == Confinement::Network { MAX_OPEN_NETWORK } else { MAX_OPEN_DESCRIPTORS };
    let mut all_set = true;
    for (resource, most) in [(Resource::Core, 0), (Resource::Nofile, open), (Resource::Fsize, MAX_FILE_BYTES)] {
        let hard = getrlimit(resource).maximum.map_or(most, |hard| hard.min(most));
        all_set &= setrlimit(resource, Rlimit { current: Some(hard), maximum: Some(hard) }).is_ok();
    }
    all_set
}

/// Sets what each task may use, from inside the sandbox.
///
/// The limits are soft ones, so that the next task's can be higher. That makes them a guard against work that got out
/// of hand; code that took over the worker can lift them, and the program's own clock has to end it.
#[derive(Debug)]
pub(in crate::worker) struct Limits {
    /// The size of this process's address space, as pages. Opened before files are out of reach, it can be read
    /// again at any time.
    size: Option<File>,
    page_bytes: u64,
}

impl Limits {
    /// Prepares for [`Limits::allow`]; to be called before the process is confined.
    pub(in crate::worker) fn measure() -> Limits {
        Limits { size: File::open("/proc/self/statm").ok(), page_bytes: rustix::param::page_size() as u64 }
    }

    /// Sets the allowance of the next task and returns whether all of it is in force.
    pub(in crate::worker) fn allow(&self, allowance: &Allowance) -> bool {
        let memory = self
            .in_use_bytes()
            .is_some_and(|in_use| set_soft(Resource::As, in_use.saturating_add(allowance.memory_bytes)));
        let cpu = set_soft(Resource::Cpu, whole_seconds(cpu_used().saturating_add(allowance.cpu)).max(1));
        let file = set_soft(Resource::Fsize, allowance.file_bytes);
        memory && cpu && file
    }

    /// The address space in use now. What earlier tasks left allocated counts as the process's own, and so does what
    /// the allocator keeps in reserve: with glibc, up to 64 MiB for each thread that has allocated.
    fn in_use_bytes(&self) -> Option<u64> {
        let mut text = [0; 128];
        let length = self.size.as_ref()?.read_at(&mut text, 0).ok()?;
        let pages: u64 = std::str::from_utf8(&text[..length]).ok()?.split(' ').next()?.parse().ok()?;
        pages.checked_mul(self.page_bytes)
    }
}

/// Sets a soft limit, kept within the hard one.
fn set_soft(resource: Resource, value: u64) -> bool {
    let maximum = getrlimit(resource).maximum;
    let current = Some(maximum.map_or(value, |hard| hard.min(value)));
    setrlimit(resource, Rlimit { current, maximum }).is_ok()
}

fn cpu_used() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(used.tv_sec as u64, used.tv_nsec as u32)
}

/// Rounded up: the kernel counts this limit in whole seconds.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}
