//! The list for image work: everything that work on handed descriptors needs, and nothing that names a file, a socket
//! or another process.

use super::When::{Bits, Is, Null};
use super::{NEW_NAMESPACES, Rules};
use seccompiler::BackendError;

/// Names a range of memory for whoever looks; some allocators do.
const PR_SET_VMA: u32 = 0x5356_4D41;

/// The calls that are allowed to a process with this id.
pub(super) fn allowed(own: u32) -> Result<Rules, BackendError> {
    let mut rules = Rules::default();
    // Descriptors that are open already. New ones come as messages over the socket.
    rules.always(&[
        libc::SYS_read,
        libc::SYS_write,
        libc::SYS_readv,
        libc::SYS_writev,
        libc::SYS_pread64,
        libc::SYS_pwrite64,
        libc::SYS_preadv,
        libc::SYS_pwritev,
        libc::SYS_recvmsg,
        libc::SYS_recvfrom,
        libc::SYS_sendmsg,
        libc::SYS_shutdown,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_lseek,
        libc::SYS_ftruncate,
        libc::SYS_fallocate,
        libc::SYS_fsync,
        libc::SYS_fdatasync,
        libc::SYS_fadvise64,
        libc::SYS_copy_file_range,
        libc::SYS_sendfile,
        libc::SYS_dup,
        libc::SYS_dup3,
        libc::SYS_ppoll,
    ]);
    #[cfg(target_arch = "x86_64")]
    rules.always(&[libc::SYS_poll, libc::SYS_dup2, libc::SYS_time]);
    rules.when(libc::SYS_sendto, &[Null(4)])?;
    // Metadata of a descriptor: an empty path with this flag. A filter cannot see that the path is empty, so the
    // metadata of files stays within reach, never their content.
    let empty_path = libc::AT_EMPTY_PATH as u32;
    rules.when(libc::SYS_newfstatat, &[Bits(3, empty_path, empty_path)])?;
    rules.when(libc::SYS_statx, &[Bits(2, empty_path, empty_path)])?;
    // F_SETOWN is not among these: it has the kernel send signals to any process of the user.
    for command in [libc::F_DUPFD, libc::F_DUPFD_CLOEXEC, libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_SETFL] {
        rules.when(libc::SYS_fcntl, &[Is(1, command as u32)])?;
    }
    for request in [libc::FIONBIO, libc::FIOCLEX, libc::FIONREAD] {
        rules.when(libc::SYS_ioctl, &[Is(1, request as u32)])?;
    }
    // Memory that is never made executable.
    rules.always(&[libc::SYS_munmap, libc::SYS_mremap, libc::SYS_madvise, libc::SYS_msync, libc::SYS_brk]);
    rules.when(libc::SYS_mmap, &[Bits(2, libc::PROT_EXEC as u32, 0)])?;
    rules.when(libc::SYS_mprotect, &[Bits(2, libc::PROT_EXEC as u32, 0)])?;
    // Threads, time, randomness, and the end.
    rules.always(&[
        libc::SYS_futex,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        libc::SYS_set_tid_address,
        libc::SYS_membarrier,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        libc::SYS_getcpu,
        libc::SYS_clock_gettime,
        libc::SYS_clock_getres,
        libc::SYS_clock_nanosleep,
        libc::SYS_nanosleep,
        libc::SYS_gettimeofday,
        libc::SYS_getrandom,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_getppid,
        libc::SYS_getrusage,
        libc::SYS_sysinfo,
        libc::SYS_sigaltstack,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ]);
    let threads = libc::CLONE_THREAD as u32;
    let namespaces = NEW_NAMESPACES.into_iter().fold(0, |all, flag| all | flag);
    rules.when(libc::SYS_clone, &[Bits(0, threads | namespaces, threads)])?;
    // A process may signal itself: that is how it aborts.
    rules.when(libc::SYS_tgkill, &[Is(0, own)])?;
    rules.when(libc::SYS_tkill, &[Is(0, own)])?;
    rules.when(libc::SYS_prlimit64, &[Is(0, 0)])?;
    rules.when(libc::SYS_prctl, &[Is(0, libc::PR_SET_NAME as u32)])?;
    rules.when(libc::SYS_prctl, &[Is(0, PR_SET_VMA)])?;
    Ok(rules)
}
