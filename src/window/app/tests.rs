//! The app without an engine.

use super::{App, EngineLink};
use crate::engine::{Board, EngineConfig, WorkerPolicy};
use crate::model::{AttemptId, Command, Event, JobId, LaneCounts, LaneId, Mode, Moment, Pool};
use crate::window::WindowOptions;
use crossbeam_channel::{Receiver, bounded};
use egui::{Context, Key, Modifiers, RawInput};
use std::path::PathBuf;

struct Still {
    events: Receiver<Event>,
    board: Board,
}

impl EngineLink for Still {
    fn send(&self, _: Command) {}
    fn events(&self) -> &Receiver<Event> {
        &self.events
    }
    fn board(&self) -> &Board {
        &self.board
    }
}

fn app(folder: &std::path::Path) -> App {
    let engine = EngineConfig {
        bytes_per_s: None,
        interpreter: None,
        mode: Mode::Mixed,
        lanes: LaneCounts { fetch: 4, mill: 2 },
        choosing: false,
        memory: 1 << 30,
        workers: WorkerPolicy::default(),
        worker_program: PathBuf::from("/nowhere"),
    };
    let link = Still { events: bounded(1).1, board: Board::default() };
    let options = WindowOptions { dialogs: false, ..WindowOptions::new(engine, folder.to_path_buf()) };
    App::new(Box::new(link), options).expect("threads")
}

fn frame(app: &mut App, ctx: &Context, events: Vec<egui::Event>) {
    let mut output = ctx.run_ui(RawInput { events, ..RawInput::default() }, |ui| {
        app.logic(ui.ctx());
        app.ui(ui);
    });
    output.textures_delta.clear();
}

#[test]
fn where_a_view_panicked_quitting_asks_nothing_that_could_not_be_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut app, ctx) = (app(folder.path()), Context::default());
    frame(&mut app, &ctx, Vec::new());
    app.state.model.apply(Event::TaskStarted {
        attempt: AttemptId { job: JobId(0), number: 1 },
        stage: 0,
        pool: Pool::Mill,
        lane: LaneId(1),
        at: Moment(5),
    });
    app.fault = Some("the view is broken".to_owned());
    frame(&mut app, &ctx, Vec::new());
    assert!(!app.may_close);
    let (key, modifiers) = (Key::Q, Modifiers::COMMAND);
    frame(&mut app, &ctx, vec![egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }]);
    assert!(app.may_close, "the first key is heard");
}
