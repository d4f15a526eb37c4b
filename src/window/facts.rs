//! The thread that reads what the chosen picture's file says of itself, before and after. The reading is done by a confined
//! worker of the engine's, which is there only for as long as that takes: the file may be one that nothing has looked into.

use super::waker::Waker;
use crate::engine::{EngineConfig, Previewer};
use crate::model::PictureFacts;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::thread;

/// How many answers are kept.
const KEPT: usize = 32;

/// A file as it was: by its path and its length as far as the queue knows it.
pub(crate) type Asked = (PathBuf, u64);

/// What is known of a file. `None` where it could not be read.
type Answer = (Asked, Option<PictureFacts>);

/// What was read, and the thread behind it. The thread ends once this is dropped, after the file it is at.
pub(crate) struct FactsReader {
    asks: Sender<Asked>,
    answers: Receiver<Answer>,
    known: VecDeque<Answer>,
    under_way: Option<Asked>,
}

impl FactsReader {
    /// Starts the thread, which sleeps until somebody chooses a file.
    pub(crate) fn start(config: EngineConfig, waker: Waker) -> io::Result<FactsReader> {
        let (asks, asked) = bounded::<Asked>(1);
        let (finish, answers) = bounded::<Answer>(4);
        thread::Builder::new().name("facts".to_owned()).spawn(move || {
            for file in asked {
                let read = Previewer::new(&config).ok().and_then(|mut reader| reader.facts(&file.0, &|| false).ok());
                if finish.send((file, read)).is_err() {
                    return;
                }
                waker.wake();
            }
        })?;
        Ok(FactsReader { asks, answers, known: VecDeque::new(), under_way: None })
    }

    /// What is known of a file, which is read if it was not yet. One at a time: whoever moves on over many rows has only
    /// those read where they rest.
    pub(crate) fn of(&mut self, file: &Asked) -> Option<&PictureFacts> {
        for answer in self.answers.try_iter() {
            self.under_way = None;
            self.known.push_back(answer);
            if self.known.len() > KEPT {
                self.known.pop_front();
            }
        }
        let place = self.known.iter().position(|(known, _)| known == file);
        if place.is_none() && self.under_way.is_none() && self.asks.try_send(file.clone()).is_ok() {
            self.under_way = Some(file.clone());
        }
        self.known.get(place?)?.1.as_ref()
    }
}
