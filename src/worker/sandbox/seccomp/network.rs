//! The list for downloads: what they have no use for. Other processes, privileges, and changing anything by its path.

use super::When::{Bits, Is, Not};
use super::{NEW_NAMESPACES, Rules};
use libc::c_long;
use seccompiler::BackendError;

// Calls and options that some C library's headers lack. Numbers from 424 up are the same on all architectures.
const FCHMODAT2: c_long = 452;
const SETXATTRAT: c_long = 463;
const REMOVEXATTRAT: c_long = 466;
const OPEN_TREE_ATTR: c_long = 467;
const FILE_SETATTR: c_long = 469;
const RENAMEAT: c_long = if cfg!(target_arch = "x86_64") { 264 } else { 38 };
const KEXEC_FILE_LOAD: c_long = if cfg!(target_arch = "x86_64") { 320 } else { 294 };
const F_SETSIG: i32 = 10;
const F_SETOWN_EX: i32 = 15;
const PR_SET_PTRACER: u32 = 0x5961_6D61;
/// The part of a socket's type that is not flags.
const SOCKET_TYPE: u32 = 0xF;

/// The calls that are refused to a process with this id.
pub(super) fn refused(own: u32) -> Result<Rules, BackendError> {
    let mut rules = Rules::default();
    refuse_processes(&mut rules, own)?;
    refuse_writing(&mut rules)?;
    refuse_sockets(&mut rules)?;
    refuse_privileges(&mut rules);
    Ok(rules)
}

fn refuse_processes(rules: &mut Rules, own: u32) -> Result<(), BackendError> {
    rules.always(&[
        libc::SYS_execve,
        libc::SYS_execveat,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_process_madvise,
        libc::SYS_process_mrelease,
        libc::SYS_kcmp,
        libc::SYS_pidfd_open,
        libc::SYS_pidfd_send_signal,
        libc::SYS_pidfd_getfd,
        libc::SYS_setpgid,
        libc::SYS_setsid,
        libc::SYS_setpriority,
        libc::SYS_ioprio_set,
        libc::SYS_sched_setaffinity,
        libc::SYS_sched_setattr,
        libc::SYS_sched_setparam,
        libc::SYS_sched_setscheduler,
        libc::SYS_migrate_pages,
        libc::SYS_move_pages,
        // Memory and queues that processes share by number or name.
        libc::SYS_shmget,
        libc::SYS_shmat,
        libc::SYS_shmctl,
        libc::SYS_semget,
        libc::SYS_semop,
        libc::SYS_semtimedop,
        libc::SYS_semctl,
        libc::SYS_msgget,
        libc::SYS_msgsnd,
        libc::SYS_msgrcv,
        libc::SYS_msgctl,
        libc::SYS_mq_open,
        libc::SYS_mq_unlink,
    ]);
    #[cfg(target_arch = "x86_64")]
    rules.always(&[libc::SYS_fork, libc::SYS_vfork]);
    let threads = libc::CLONE_THREAD as u32;
    rules.when(libc::SYS_clone, &[Bits(0, threads, 0)])?;
    for flag in NEW_NAMESPACES {
        rules.when(libc::SYS_clone, &[Bits(0, flag, flag)])?;
    }
    for call in
        [libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill, libc::SYS_rt_sigqueueinfo, libc::SYS_rt_tgsigqueueinfo]
    {
        rules.when(call, &[Not(0, own)])?;
    }
    // These have the kernel send signals to any process of the user.
    for command in [libc::F_SETOWN, F_SETSIG, F_SETOWN_EX] {
        rules.when(libc::SYS_fcntl, &[Is(1, command as u32)])?;
    }
    rules.when(libc::SYS_prlimit64, &[Not(0, 0), Not(0, own)])?;
    for option in [libc::PR_SET_DUMPABLE as u32, libc::PR_SET_PDEATHSIG as u32, PR_SET_PTRACER] {
        rules.when(libc::SYS_prctl, &[Is(0, option)])?;
    }
    Ok(())
}

/// Opening for reading stays; a flag that writes, creates or cuts is refused, and so is every change by path. The
/// forms that take a descriptor go too where a descriptor for reading would do.
fn refuse_writing(rules: &mut Rules) -> Result<(), BackendError> {
    rules.always(&[
        libc::SYS_mkdirat,
        libc::SYS_unlinkat,
        RENAMEAT,
        libc::SYS_renameat2,
        libc::SYS_linkat,
        libc::SYS_symlinkat,
        libc::SYS_mknodat,
        libc::SYS_truncate,
        libc::SYS_fchmod,
        libc::SYS_fchmodat,
        FCHMODAT2,
        libc::SYS_fchown,
        libc::SYS_fchownat,
        libc::SYS_utimensat,
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_fsetxattr,
        SETXATTRAT,
        libc::SYS_removexattr,
        libc::SYS_lremovexattr,
        libc::SYS_fremovexattr,
        REMOVEXATTRAT,
        FILE_SETATTR,
    ]);
    #[cfg(target_arch = "x86_64")]
    rules.always(&[
        libc::SYS_creat,
        libc::SYS_mkdir,
        libc::SYS_rmdir,
        libc::SYS_unlink,
        libc::SYS_rename,
        libc::SYS_link,
        libc::SYS_symlink,
        libc::SYS_mknod,
        libc::SYS_chmod,
        libc::SYS_chown,
        libc::SYS_lchown,
        libc::SYS_utime,
        libc::SYS_utimes,
        libc::SYS_futimesat,
    ]);
    for flag in [libc::O_WRONLY, libc::O_RDWR, libc::O_CREAT, libc::O_TRUNC] {
        let flag = flag as u32;
        rules.when(libc::SYS_openat, &[Bits(2, flag, flag)])?;
        #[cfg(target_arch = "x86_64")]
        rules.when(libc::SYS_open, &[Bits(1, flag, flag)])?;
    }
    Ok(())
}

/// Leaves clients of IPv4 and IPv6, and the route queries of name lookup. Local sockets are refused: the session's
/// services listen on them, and some start programs on request.
fn refuse_sockets(rules: &mut Rules) -> Result<(), BackendError> {
    rules.always(&[libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4]);
    let (inet, inet6, netlink) = (libc::AF_INET as u32, libc::AF_INET6 as u32, libc::AF_NETLINK as u32);
    rules.when(libc::SYS_socket, &[Not(0, inet), Not(0, inet6), Not(0, netlink)])?;
    rules.when(libc::SYS_socket, &[Is(0, netlink), Not(2, libc::NETLINK_ROUTE as u32)])?;
    for family in [inet, inet6] {
        rules.when(libc::SYS_socket, &[Is(0, family), Bits(1, SOCKET_TYPE, libc::SOCK_RAW as u32)])?;
    }
    // A pair serves within this process, save that datagrams of a local socket can go to any path.
    for kind in [libc::SOCK_DGRAM, libc::SOCK_RAW] {
        rules.when(libc::SYS_socketpair, &[Bits(1, SOCKET_TYPE, kind as u32)])?;
    }
    // Requests that sockets and the runtime use. Others push input into a terminal or change a file's flags.
    let requests = [
        libc::FIONBIO as u32,
        libc::FIOCLEX as u32,
        libc::FIONCLEX as u32,
        libc::FIONREAD as u32,
        libc::TIOCOUTQ as u32,
        libc::TCGETS as u32,
        libc::TIOCGWINSZ as u32,
        libc::SIOCGIFNAME as u32,
        libc::SIOCGIFINDEX as u32,
        libc::SIOCGIFFLAGS as u32,
        libc::SIOCGIFADDR as u32,
        libc::SIOCGIFCONF as u32,
    ];
    rules.when(libc::SYS_ioctl, &requests.map(|request| Not(1, request)))
}

/// Kernel features with which a process changes the machine, its own identity or its view of the files.
fn refuse_privileges(rules: &mut Rules) {
    rules.always(&[
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_chroot,
        libc::SYS_pivot_root,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
        libc::SYS_fspick,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        OPEN_TREE_ATTR,
        libc::SYS_mount_setattr,
        libc::SYS_name_to_handle_at,
        libc::SYS_open_by_handle_at,
        libc::SYS_fanotify_init,
        libc::SYS_fanotify_mark,
        libc::SYS_quotactl,
        libc::SYS_quotactl_fd,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_setuid,
        libc::SYS_setgid,
        libc::SYS_setreuid,
        libc::SYS_setregid,
        libc::SYS_setresuid,
        libc::SYS_setresgid,
        libc::SYS_setfsuid,
        libc::SYS_setfsgid,
        libc::SYS_setgroups,
        libc::SYS_capset,
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_keyctl,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_userfaultfd,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
        KEXEC_FILE_LOAD,
        libc::SYS_reboot,
        libc::SYS_acct,
        libc::SYS_syslog,
        libc::SYS_personality,
        libc::SYS_vhangup,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_clock_adjtime,
        libc::SYS_adjtimex,
        libc::SYS_sethostname,
        libc::SYS_setdomainname,
        libc::SYS_lookup_dcookie,
        libc::SYS_nfsservctl,
    ]);
    #[cfg(target_arch = "x86_64")]
    rules.always(&[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt, libc::SYS_uselib]);
}
