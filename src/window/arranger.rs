//! Makes the lists of large queues on a thread of its own: the window shows the old one until the new one is there. One
//! list is made at a time, so the newest wish is the next to be answered.

use super::model::{Ask, Listing, Model, arrange};
use super::waker::Waker;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// What to make a list from, and an old list to forget: giving back its memory is not for the window's thread.
type Order = (Ask, Listing);

struct Made {
    listing: Listing,
    took: Duration,
}

/// The thread, which ends after the list it is at once this is dropped.
pub(crate) struct Arranger {
    asks: Sender<Order>,
    made: Receiver<Made>,
    old: Listing,
}

impl Arranger {
    pub(crate) fn start(waker: Waker) -> io::Result<Arranger> {
        let (asks, asked) = bounded::<Order>(1);
        let (answer, made) = bounded(1);
        thread::Builder::new().name("arranger".to_owned()).spawn(move || {
            for (ask, old) in asked {
                drop(old);
                let began = Instant::now();
                let listing = arrange(&ask);
                // Let go of before it is told: what changes while somebody holds a picture of it is copied.
                drop(ask);
                if answer.send(Made { listing, took: began.elapsed() }).is_err() {
                    return;
                }
                waker.wake();
            }
        })?;
        Ok(Arranger { asks, made, old: Listing::default() })
    }

    /// Gives the model what was made, and takes what it asks for.
    pub(crate) fn serve(&mut self, model: &mut Model) {
        if let Ok(Made { listing, took }) = self.made.try_recv() {
            self.old = model.arranged(listing, took);
        }
        if let Some(ask) = model.take_ask() {
            // The model asks for one list at a time, so there is room.
            if let Err(unsent) = self.asks.try_send((ask, std::mem::take(&mut self.old))) {
                // Without the thread it takes this frame's time.
                let (ask, _) = unsent.into_inner();
                self.old = model.arranged(arrange(&ask), Duration::ZERO);
            }
        }
    }
}
