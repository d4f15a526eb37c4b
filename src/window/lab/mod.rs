//! The Lab in the window: cards to choose an example from, its form, and what a comparison shows while it runs and
//! afterwards. The state and the reducer are here, without egui; the views read the state and return intents.

mod bars;
mod cards;
mod charts;
mod comparison;
mod controls;
mod export;
mod findings;
mod form;
mod frames;
#[cfg(test)]
mod made_up;
mod page;
mod plot;
mod results;
mod runner;
mod table;

pub(crate) use comparison::{Comparison, Stage};
pub(crate) use export::{Export, ExportAs};
pub(crate) use form::{Field, Form};
pub(crate) use frames::Phase;
pub(crate) use page::{Look, freeze_ui, lab_ui};
pub(crate) use runner::Runner;

use super::effect::Effect;
use super::state::State;
use crate::model::lab::{LabMode, Request, Workload, capital};
use std::collections::HashMap;

/// What a person does in the Lab.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LabIntent {
    /// Shows the Lab, or the queue again.
    Toggle,
    /// Shows an example.
    Choose(Workload),
    /// Shows the examples.
    Back,
    /// Types into a field.
    Type(Field, String),
    /// Runs a mode too, or leaves it out.
    Want(LabMode, bool),
    /// Runs the same in Python too, or does not.
    Python(bool),
    /// Takes everything back that was typed.
    Reset,
    /// Runs what is chosen.
    Run,
    /// Shows an example and runs it as it is.
    RunOf(Workload),
    /// Yes, the window may freeze.
    Freeze,
    Stop,
    Export(ExportAs),
}

/// What the shell is to do for the Lab.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LabEffect {
    Start(Request),
    /// Freezes the window for so long, and then starts.
    Freeze(u64, Request),
    Stop,
    Export(ExportAs),
}

/// The Lab's own state.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) is_open: bool,
    /// The example in sight; `None` is all of them.
    pub(crate) form: Option<Form>,
    /// The newest comparison of each example.
    comparisons: HashMap<Workload, Comparison>,
    running: Option<Workload>,
    /// Asked whether the window may freeze.
    pub(crate) asks_to_freeze: Option<Request>,
    pub(crate) cores: u16,
}

impl Lab {
    pub(crate) fn new(cores: u16) -> Lab {
        Lab { is_open: false, form: None, comparisons: HashMap::new(), running: None, asks_to_freeze: None, cores }
    }

    /// The example that runs.
    pub(crate) fn running(&self) -> Option<Workload> {
        self.running
    }

    pub(crate) fn comparison(&self, workload: Workload) -> Option<&Comparison> {
        self.comparisons.get(&workload)
    }

    /// The comparison in sight.
    pub(crate) fn shown(&self) -> Option<&Comparison> {
        self.comparison(self.form.as_ref()?.workload)
    }

    /// Changes the comparison that runs.
    pub(crate) fn advance(&mut self, change: impl FnOnce(&mut Comparison)) {
        let Some(comparison) = self.running.and_then(|workload| self.comparisons.get_mut(&workload)) else { return };
        change(comparison);
        if !comparison.is_running() {
            self.running = None;
        }
    }

    /// How long freezing the window takes, in milliseconds.
    pub(crate) fn freeze_ms(request: &Request) -> u64 {
        request.parameters.waits_ms.first().copied().unwrap_or(1000)
    }

    fn start(&mut self, request: &Request) {
        self.running = Some(request.workload);
        self.comparisons.insert(request.workload, Comparison::new(request.clone(), self.cores));
    }

    fn run(&mut self) -> Vec<Effect> {
        let Some(form) = &self.form else { return Vec::new() };
        if let Some(running) = self.running {
            let words = format!("{} is still running: stop it first, or wait for its end", title(running));
            return vec![Effect::Complain(words)];
        }
        match form.request() {
            Err(sentence) => vec![Effect::Complain(sentence)],
            // The window is never frozen without a question.
            Ok(request) if request.workload == Workload::Freeze => {
                self.asks_to_freeze = Some(request);
                Vec::new()
            }
            Ok(request) => {
                self.start(&request);
                vec![Effect::Lab(LabEffect::Start(request))]
            }
        }
    }
}

/// What a workload is called.
pub(crate) fn title(workload: Workload) -> String {
    capital(workload.as_str())
}

/// Applies what a person does.
pub(super) fn reduce(state: &mut State, intent: LabIntent) -> Vec<Effect> {
    let lab = &mut state.lab;
    match intent {
        LabIntent::Toggle => lab.is_open = !lab.is_open,
        LabIntent::Choose(workload) => {
            lab.is_open = true;
            // What is in sight is what its results are of.
            let form = lab.comparison(workload).map(|comparison| Form::of(&comparison.request, lab.cores));
            lab.form = Some(form.unwrap_or_else(|| Form::new(workload, lab.cores)));
        }
        LabIntent::Back => (lab.form, lab.asks_to_freeze) = (None, None),
        LabIntent::Type(field, text) => {
            if let Some(form) = &mut lab.form {
                form.set(field, text);
            }
        }
        LabIntent::Want(mode, wanted) => {
            if let Some(form) = &mut lab.form {
                form.set_mode(mode, wanted);
            }
        }
        LabIntent::Python(wanted) => {
            if let Some(form) = &mut lab.form {
                form.python = wanted;
            }
        }
        LabIntent::Reset => {
            lab.form = lab.form.as_ref().map(|form| Form::new(form.workload, lab.cores));
        }
        LabIntent::Run => return lab.run(),
        LabIntent::RunOf(workload) => {
            lab.form = Some(Form::new(workload, lab.cores));
            return lab.run();
        }
        LabIntent::Freeze => {
            if let Some(request) = lab.asks_to_freeze.take() {
                lab.start(&request);
                return vec![Effect::Lab(LabEffect::Freeze(Lab::freeze_ms(&request), request))];
            }
        }
        LabIntent::Stop => return vec![Effect::Lab(LabEffect::Stop)],
        LabIntent::Export(what) => return vec![Effect::Lab(LabEffect::Export(what))],
    }
    Vec::new()
}

/// Escape leaves one thing after another: the question, the example, the Lab. Whether there was one.
pub(super) fn escape(lab: &mut Lab) -> bool {
    if !lab.is_open {
        return false;
    }
    if lab.asks_to_freeze.take().is_none() && lab.form.take().is_none() {
        lab.is_open = false;
    }
    true
}

#[cfg(test)]
mod tests;
