//! The filter's answers, from running its program over made-up calls.

use super::*;

const OWN: u32 = 4321;
const OTHER: u64 = 1;
const ALLOWED: u32 = libc::SECCOMP_RET_ALLOW;
const REFUSED: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
const MISSING: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

/// Runs a program as the kernel would.
fn answer(program: &[sock_filter], architecture: u32, call: u32, arguments: [u64; 6]) -> u32 {
    let word = |offset: u32| match offset {
        0 => call,
        4 => architecture,
        16.. => (arguments[(offset as usize - 16) / 8] >> (8 * (offset % 8))) as u32,
        _ => 0,
    };
    let (mut at, mut value) = (0, 0);
    loop {
        let step = &program[at];
        let code = u32::from(step.code);
        at += 1;
        let branch = |taken: bool| usize::from(if taken { step.jt } else { step.jf });
        match code & 0x07 {
            libc::BPF_LD => value = word(step.k),
            libc::BPF_ALU => value &= step.k,
            libc::BPF_RET => return step.k,
            libc::BPF_JMP => {
                at += match code & 0xF0 {
                    libc::BPF_JA => step.k as usize,
                    libc::BPF_JEQ => branch(value == step.k),
                    libc::BPF_JGT => branch(value > step.k),
                    libc::BPF_JGE => branch(value >= step.k),
                    other => panic!("jump {other:#x}"),
                }
            }
            other => panic!("class {other:#x}"),
        }
    }
}

fn check(what: Confinement, cases: &[(u32, c_long, &[u64])]) {
    let program = program(what, OWN).expect("a valid filter");
    assert!(program.len() < 4096, "{} steps are more than the kernel takes", program.len());
    for (expected, call, given) in cases {
        // What a call does not look at must not matter.
        for rest in [0, u64::MAX] {
            let mut arguments = [rest; 6];
            arguments[..given.len()].copy_from_slice(given);
            let answered = answer(&program, ARCHITECTURE.1, *call as u32, arguments);
            assert_eq!(answered, *expected, "{what:?}: call {call} with {given:?}, the rest {rest}");
        }
    }
}

const THREAD: u64 = (libc::CLONE_VM | libc::CLONE_SIGHAND | libc::CLONE_THREAD) as u64;
const EMPTY_PATH: u64 = libc::AT_EMPTY_PATH as u64;
const HIGH: u64 = 1 << 32;

#[test]
fn image_work_keeps_its_descriptors_and_threads() {
    let own = u64::from(OWN);
    check(
        Confinement::Descriptors,
        &[
            (ALLOWED, libc::SYS_read, &[]),
            (ALLOWED, libc::SYS_recvmsg, &[]),
            (ALLOWED, libc::SYS_exit_group, &[]),
            (ALLOWED, libc::SYS_mmap, &[0, 4096, 3]),
            (REFUSED, libc::SYS_mmap, &[0, 4096, 5]),
            (REFUSED, libc::SYS_mprotect, &[0, 4096, 4 | HIGH]),
            (ALLOWED, libc::SYS_clone, &[THREAD]),
            (REFUSED, libc::SYS_clone, &[libc::SIGCHLD as u64]),
            (REFUSED, libc::SYS_clone, &[THREAD | libc::CLONE_NEWNET as u64]),
            (MISSING, libc::SYS_clone3, &[]),
            (ALLOWED, libc::SYS_tgkill, &[own]),
            (REFUSED, libc::SYS_tgkill, &[OTHER]),
            (REFUSED, libc::SYS_kill, &[OTHER]),
            (REFUSED, libc::SYS_rt_sigqueueinfo, &[OTHER]),
            (ALLOWED, libc::SYS_prlimit64, &[0]),
            (REFUSED, libc::SYS_prlimit64, &[OTHER]),
            (ALLOWED, libc::SYS_statx, &[3, 1, EMPTY_PATH]),
            (REFUSED, libc::SYS_statx, &[3, 1, 0]),
            (ALLOWED, libc::SYS_newfstatat, &[3, 1, 1, EMPTY_PATH]),
            (REFUSED, libc::SYS_newfstatat, &[3, 1, 1, 0]),
            (ALLOWED, libc::SYS_fcntl, &[0, libc::F_DUPFD_CLOEXEC as u64]),
            (REFUSED, libc::SYS_fcntl, &[0, libc::F_SETOWN as u64]),
            (ALLOWED, libc::SYS_sendto, &[0, 1, 1, 0, 0]),
            (REFUSED, libc::SYS_sendto, &[0, 1, 1, 0, HIGH]),
            (ALLOWED, libc::SYS_prctl, &[libc::PR_SET_NAME as u64]),
            (REFUSED, libc::SYS_prctl, &[libc::PR_SET_DUMPABLE as u64]),
        ],
    );
    for call in [
        libc::SYS_openat,
        libc::SYS_socket,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_open,
        libc::SYS_io_uring_setup,
        libc::SYS_unlinkat,
        libc::SYS_memfd_create,
        libc::SYS_unshare,
    ] {
        check(Confinement::Descriptors, &[(REFUSED, call, &[])]);
    }
}

#[test]
fn downloads_read_and_connect_and_change_nothing() {
    let own = u64::from(OWN);
    let (inet, local, netlink) = (libc::AF_INET as u64, libc::AF_UNIX as u64, libc::AF_NETLINK as u64);
    let (stream, datagram) = (libc::SOCK_STREAM as u64, libc::SOCK_DGRAM as u64);
    let close = libc::SOCK_CLOEXEC as u64;
    check(
        Confinement::Network,
        &[
            (ALLOWED, libc::SYS_openat, &[0, 1, (libc::O_RDONLY | libc::O_CLOEXEC) as u64]),
            (REFUSED, libc::SYS_openat, &[0, 1, libc::O_WRONLY as u64]),
            (REFUSED, libc::SYS_openat, &[0, 1, libc::O_RDWR as u64]),
            (REFUSED, libc::SYS_openat, &[0, 1, libc::O_CREAT as u64]),
            (REFUSED, libc::SYS_openat, &[0, 1, libc::O_TRUNC as u64]),
            (REFUSED, libc::SYS_openat, &[0, 1, (libc::O_TMPFILE | libc::O_RDWR) as u64]),
            (MISSING, libc::SYS_openat2, &[]),
            (MISSING, libc::SYS_clone3, &[]),
            (ALLOWED, libc::SYS_clone, &[THREAD]),
            (REFUSED, libc::SYS_clone, &[libc::SIGCHLD as u64]),
            (REFUSED, libc::SYS_clone, &[THREAD | libc::CLONE_NEWUSER as u64]),
            (ALLOWED, libc::SYS_kill, &[own]),
            (REFUSED, libc::SYS_kill, &[OTHER]),
            (REFUSED, libc::SYS_kill, &[u64::MAX]),
            (ALLOWED, libc::SYS_tgkill, &[own]),
            (REFUSED, libc::SYS_tgkill, &[OTHER]),
            (ALLOWED, libc::SYS_prlimit64, &[0]),
            (ALLOWED, libc::SYS_prlimit64, &[own]),
            (REFUSED, libc::SYS_prlimit64, &[OTHER]),
            (ALLOWED, libc::SYS_socket, &[inet, stream | close, 0]),
            (ALLOWED, libc::SYS_socket, &[inet, datagram | close, 0]),
            (REFUSED, libc::SYS_socket, &[inet, libc::SOCK_RAW as u64 | close, 0]),
            (REFUSED, libc::SYS_socket, &[local, stream, 0]),
            (ALLOWED, libc::SYS_socket, &[netlink, libc::SOCK_RAW as u64, 0]),
            (REFUSED, libc::SYS_socket, &[netlink, libc::SOCK_RAW as u64, 15]),
            (ALLOWED, libc::SYS_socketpair, &[local, stream | close]),
            (REFUSED, libc::SYS_socketpair, &[local, datagram | close]),
            (ALLOWED, libc::SYS_connect, &[]),
            (ALLOWED, libc::SYS_ioctl, &[0, u64::from(libc::FIONBIO as u32)]),
            (REFUSED, libc::SYS_ioctl, &[0, u64::from(libc::TIOCSTI as u32)]),
            (REFUSED, libc::SYS_fcntl, &[0, libc::F_SETOWN as u64]),
            (ALLOWED, libc::SYS_fcntl, &[0, libc::F_SETFL as u64]),
            (ALLOWED, libc::SYS_epoll_create1, &[]),
        ],
    );
    for call in [
        libc::SYS_execve,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_getfd,
        libc::SYS_mkdirat,
        libc::SYS_unlinkat,
        libc::SYS_renameat2,
        libc::SYS_symlinkat,
        libc::SYS_truncate,
        libc::SYS_io_uring_setup,
        libc::SYS_listen,
        libc::SYS_shmat,
    ] {
        check(Confinement::Network, &[(REFUSED, call, &[])]);
    }
}

#[test]
fn other_numberings_are_no_way_around() {
    const I386: u32 = 0x4000_0003;
    const X32: u32 = 0x4000_0000;
    for what in [Confinement::Descriptors, Confinement::Network] {
        let program = program(what, OWN).expect("a valid filter");
        for call in 0..600 {
            assert_eq!(answer(&program, I386, call, [0; 6]), REFUSED, "{what:?}: call {call}");
            assert_eq!(answer(&program, ARCHITECTURE.1, X32 | call, [0; 6]), MISSING, "{what:?}: x32 call {call}");
        }
        assert_eq!(answer(&program, ARCHITECTURE.1, UNKNOWN, [0; 6]), MISSING);
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn the_older_forms_are_covered() {
    for call in [libc::SYS_fork, libc::SYS_vfork, libc::SYS_creat, libc::SYS_unlink, libc::SYS_rename] {
        check(Confinement::Network, &[(REFUSED, call, &[])]);
        check(Confinement::Descriptors, &[(REFUSED, call, &[])]);
    }
    check(
        Confinement::Network,
        &[
            (REFUSED, libc::SYS_open, &[1, libc::O_WRONLY as u64]),
            (ALLOWED, libc::SYS_open, &[1, libc::O_RDONLY as u64]),
        ],
    );
}
