//! The system call filter. A refused call answers EPERM and the worker goes on; nothing here kills.
//!
//! Image work gets a list of what is allowed. Downloads get a list of what is refused: resolvers, TLS and the runtime
//! use more than a short list could name, so there the filter takes away processes, privileges and writing by path.

mod descriptors;
mod network;
#[cfg(test)]
mod tests;

use crate::model::Confinement;
use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads, sock_filter,
};
use std::collections::BTreeMap;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: (TargetArch, u32) = (TargetArch::x86_64, 0xC000_003E);
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: (TargetArch, u32) = (TargetArch::aarch64, 0xC000_00B7);

/// The first call that these lists do not know.
const UNKNOWN: u32 = 470;

/// The flags of `clone` that leave a namespace.
const NEW_NAMESPACES: [u32; 7] = [
    libc::CLONE_NEWNS as u32,
    libc::CLONE_NEWCGROUP as u32,
    libc::CLONE_NEWUTS as u32,
    libc::CLONE_NEWIPC as u32,
    libc::CLONE_NEWUSER as u32,
    libc::CLONE_NEWPID as u32,
    libc::CLONE_NEWNET as u32,
];

/// Installs the filter in every thread of this process.
pub(super) fn install(what: Confinement) -> Result<(), Error> {
    apply_filter_all_threads(&program(what, std::process::id())?)
}

/// The filter's program for a process with this id.
fn program(what: Confinement, own: u32) -> Result<BpfProgram, BackendError> {
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let (rules, otherwise, listed) = match what {
        Confinement::Descriptors => (descriptors::allowed(own)?, refuse, SeccompAction::Allow),
        Confinement::Network => (network::refused(own)?, SeccompAction::Allow, refuse),
        Confinement::None => (Rules::default(), SeccompAction::Allow, refuse),
    };
    let filter = SeccompFilter::new(rules.0, otherwise, listed, ARCHITECTURE.0)?;
    let mut program = prologue().to_vec();
    program.extend(BpfProgram::try_from(filter)?);
    Ok(program)
}

/// Runs ahead of the lists. Calls of another architecture are refused, for their numbers mean something else. Calls
/// whose arguments lie in memory, out of a filter's sight, do not exist, so that callers fall back to their older
/// forms; neither do calls that are newer than these lists, nor those of x32, whose numbers start far above.
fn prologue() -> [sock_filter; 9] {
    let step = |code: u32, k: u32, jt: u8, jf: u8| sock_filter { code: code as u16, jt, jf, k };
    let load = |offset| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0);
    let answer = |errno: i32| step(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ERRNO | errno as u32, 0, 0);
    let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    [
        load(4),
        step(equal, ARCHITECTURE.1, 0, 5),
        load(0),
        step(equal, libc::SYS_clone3 as u32, 4, 0),
        step(equal, libc::SYS_openat2 as u32, 3, 0),
        step(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, UNKNOWN, 2, 0),
        step(libc::BPF_JMP | libc::BPF_JA, 2, 0, 0),
        answer(libc::EPERM),
        answer(libc::ENOSYS),
    ]
}

/// A condition on one argument, named by its place. Only the low 32 bits count where the kernel reads an int.
#[derive(Clone, Copy)]
enum When {
    Is(u8, u32),
    Not(u8, u32),
    /// The masked bits equal the value.
    Bits(u8, u32, u32),
    /// A null pointer.
    Null(u8),
}
use When::{Bits, Is, Not, Null};

impl When {
    fn condition(self) -> Result<SeccompCondition, BackendError> {
        let (place, length, operator, value) = match self {
            Is(place, value) => (place, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value),
            Not(place, value) => (place, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, value),
            Bits(place, mask, value) => {
                (place, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(u64::from(mask)), value)
            }
            Null(place) => (place, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0),
        };
        SeccompCondition::new(place, length, operator, u64::from(value))
    }
}

/// The calls of a list, with the alternatives under which each is meant; none means always.
#[derive(Default)]
struct Rules(BTreeMap<i64, Vec<SeccompRule>>);

impl Rules {
    fn always(&mut self, calls: &[c_long]) {
        self.0.extend(calls.iter().map(|call| (*call, Vec::new())));
    }

    /// Adds an alternative: all of its conditions hold.
    fn when(&mut self, call: c_long, conditions: &[When]) -> Result<(), BackendError> {
        let conditions = conditions.iter().map(|when| when.condition()).collect::<Result<_, _>>()?;
        self.0.entry(call).or_default().push(SeccompRule::new(conditions)?);
        Ok(())
    }
}
