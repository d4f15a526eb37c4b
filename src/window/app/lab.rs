//! What the app does for the Lab: runs what was asked for, takes in what came of it, and writes it to files.

use super::App;
use crate::engine::EngineConfig;
use crate::model::Moment;
use crate::model::lab::Workload;
use crate::window::effect::Effect;
use crate::window::errands::Errand;
use crate::window::intent::Intent;
use crate::window::lab::{Export, ExportAs, LabEffect, LabIntent, Runner};
use crate::window::overlay::Tone;
use crate::window::reduce::reduce;
use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{ColorImage, Context};
use std::sync::Arc;

/// The Lab as the app holds it.
pub(super) struct LabLink {
    runner: Runner,
    /// A picture of the window, once there is one.
    pictures: (Sender<Arc<ColorImage>>, Receiver<Arc<ColorImage>>),
}

impl LabLink {
    pub(super) fn new(config: EngineConfig) -> LabLink {
        LabLink { runner: Runner::new(config), pictures: bounded(1) }
    }
}

impl App {
    /// Takes in what the Lab did, and asks for the next look.
    pub(super) fn look_at_lab(&mut self, ctx: &Context) {
        let now = Moment(self.started.elapsed().as_micros() as u64);
        if let Some(soon) = self.lab.runner.look(&mut self.state.lab, now) {
            // Drawing leaves three quarters of a core to others, except where its frames are what is looked at.
            ctx.request_repaint_after(if soon.is_zero() { soon } else { soon.max(self.waker.gap()) });
        }
        if let Ok(picture) = self.lab.pictures.1.try_recv() {
            let results = self.pixels.lab.results;
            let picture = results.map(|rect| picture.region(&rect, Some(ctx.pixels_per_point())));
            self.export(ExportAs::Png, picture);
        }
    }

    /// Shows an example and runs it. Freezing the window is asked about all the same.
    pub(super) fn open_lab(&mut self, workload: Workload) {
        self.state.lab.is_open = true;
        for effect in reduce(&mut self.state, Intent::Lab(LabIntent::RunOf(workload))) {
            if let Effect::Lab(LabEffect::Start(request)) = effect {
                self.lab.runner.start(request, &mut self.state.lab);
            }
        }
    }

    pub(super) fn perform_lab(&mut self, ctx: &Context, effect: LabEffect) {
        match effect {
            LabEffect::Start(request) => self.lab.runner.start(request, &mut self.state.lab),
            LabEffect::Freeze(ms, request) => self.lab.runner.freeze(ms, request, &mut self.state.lab),
            LabEffect::Stop => self.lab.runner.stop(&mut self.state.lab),
            LabEffect::Export(ExportAs::Png) => {
                let (sender, again) = (self.lab.pictures.0.clone(), ctx.clone());
                ctx.request_screenshot(move |image| {
                    sender.try_send(image).ok();
                    again.request_repaint();
                });
            }
            LabEffect::Export(what) => self.export(what, None),
        }
    }

    fn export(&mut self, what: ExportAs, picture: Option<ColorImage>) {
        let Some(comparison) = self.state.lab.shown() else { return };
        if comparison.runs.is_empty() {
            return self.toasts.push(Tone::Bad, "Nothing was measured yet, so there is nothing to export");
        }
        let export = Export {
            folder: self.state.output_dir.clone(),
            workload: comparison.request.workload,
            what,
            runs: Arc::clone(&comparison.runs),
            report: comparison.report.clone(),
            picture,
        };
        self.send_errand(Errand::ExportLab(Box::new(export)));
    }
}
