//! The load of each core, sampled on a thread of its own and only while work runs.

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use sysinfo::System;

const PERIOD: Duration = Duration::from_millis(500);

/// The sampling thread, which ends when this is dropped.
pub(crate) struct CpuMeter {
    loads: Arc<Mutex<Vec<f32>>>,
    switch: Option<Sender<bool>>,
    is_on: bool,
    thread: Option<thread::JoinHandle<()>>,
}

impl CpuMeter {
    /// Starts the thread, which sleeps until there is work.
    pub(crate) fn start() -> io::Result<CpuMeter> {
        let loads: Arc<Mutex<Vec<f32>>> = Arc::default();
        let (switch, switched) = bounded(4);
        let shared = Arc::clone(&loads);
        let thread = thread::Builder::new().name("cpu-meter".to_owned()).spawn(move || {
            let store = |loads| *shared.lock().unwrap_or_else(PoisonError::into_inner) = loads;
            while switched.recv().is_ok() {
                // A system that tells nothing about itself leaves the bars empty.
                let Ok(mut system) = System::new() else { continue };
                system.refresh_cpu_usage();
                loop {
                    match switched.recv_timeout(PERIOD) {
                        Err(RecvTimeoutError::Timeout) | Ok(true) => {}
                        Ok(false) => break,
                        Err(RecvTimeoutError::Disconnected) => return,
                    }
                    system.refresh_cpu_usage();
                    store(system.cpus().iter().map(|cpu| cpu.usage() / 100.0).collect());
                }
                store(Vec::new());
            }
        })?;
        Ok(CpuMeter { loads, switch: Some(switch), is_on: false, thread: Some(thread) })
    }

    /// Samples, or sleeps.
    pub(crate) fn set(&mut self, on: bool) {
        if self.is_on != on
            && let Some(switch) = &self.switch
            && switch.try_send(on).is_ok()
        {
            self.is_on = on;
        }
    }

    /// The load of each core, 0 to 1; empty while nothing is measured.
    pub(crate) fn loads(&self) -> Vec<f32> {
        self.loads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for CpuMeter {
    fn drop(&mut self) {
        self.switch = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
