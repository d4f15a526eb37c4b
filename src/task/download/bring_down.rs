//! What was written is brought down to the disk now and then, so that little of a large file is lost with the machine.

use super::part::Part;
use super::runs::Runs;
use futures_util::FutureExt;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How often what was written is brought down to the disk, so that it outlives a crash of the machine.
const SYNC_EVERY: Duration = Duration::from_secs(10);

/// Brings the part down to the disk now and then, without waiting for it.
pub(super) struct BringDown {
    last: Instant,
    under_way: Option<JoinHandle<Option<Runs>>>,
}

impl BringDown {
    pub(super) fn new() -> BringDown {
        BringDown { last: Instant::now(), under_way: None }
    }

    pub(super) fn tend(&mut self, part: &mut Part<'_>) {
        if let Some(ended) = self.under_way.as_mut().and_then(FutureExt::now_or_never) {
            self.under_way = None;
            if let Ok(Some(then)) = ended {
                part.synced(&then);
            }
        }
        if self.under_way.is_none() && self.last.elapsed() >= SYNC_EVERY {
            self.last = Instant::now();
            self.under_way = part
                .for_sync()
                .map(|(file, runs)| tokio::task::spawn_blocking(move || file.sync_data().is_ok().then_some(runs)));
        }
    }
}
