//! A comparison as a file in the output folder, under a name that is free. Written by the thread of errands.

use crate::lab::export;
use crate::model::lab::{LabReport, LabRun, Workload};
use crate::store::whole;
use crate::window::format;
use egui::ColorImage;
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// As what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportAs {
    Csv,
    Json,
    /// The results as they are in sight.
    Png,
    /// For Perfetto and Chrome.
    Trace,
}

impl ExportAs {
    pub(crate) const ALL: [ExportAs; 4] = [ExportAs::Csv, ExportAs::Json, ExportAs::Png, ExportAs::Trace];

    /// What the button shows.
    pub(crate) fn label(self) -> &'static str {
        match self {
            ExportAs::Csv => "CSV",
            ExportAs::Json => "JSON",
            ExportAs::Png => "PNG",
            ExportAs::Trace => "Trace",
        }
    }

    /// What it is, in a sentence.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            ExportAs::Csv => "A table with a line for each run, in the output folder",
            ExportAs::Json => {
                "Every run and the comparison, with the fields of millrace lab --json, in the output folder"
            }
            ExportAs::Png => "A picture of the results in sight, in the output folder",
            ExportAs::Trace => "What ran where and when, as a file that Perfetto and Chrome read, in the output folder",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            ExportAs::Csv => "csv",
            ExportAs::Json => "json",
            ExportAs::Png => "png",
            ExportAs::Trace => "trace.json",
        }
    }
}

/// What to write.
pub(crate) struct Export {
    pub(crate) folder: PathBuf,
    pub(crate) workload: Workload,
    pub(crate) what: ExportAs,
    pub(crate) runs: Arc<Vec<LabRun>>,
    pub(crate) report: Option<Box<LabReport>>,
    pub(crate) picture: Option<ColorImage>,
}

impl Export {
    /// Writes it. A sentence either way.
    pub(crate) fn save(&self) -> Result<String, String> {
        let folder = &self.folder;
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("Cannot make the folder {}: {error}", folder.display()))?;
        let path = whole::free_place(folder, &format!("millrace-lab-{}", self.workload), self.what.extension());
        let bytes = self.bytes().map_err(|error| format!("Cannot make {}: {error}", path.display()))?;
        whole::save(&path, |out| out.write_all(&bytes))
            .map_err(|error| format!("Cannot write {}: {error}. Choose another output folder", path.display()))?;
        Ok(format!("Saved as {}", format::path(&path)))
    }

    fn bytes(&self) -> anyhow::Result<Vec<u8>> {
        Ok(match self.what {
            ExportAs::Csv => export::csv(&self.runs).into_bytes(),
            ExportAs::Json => serde_json::to_vec_pretty(&export::json(&self.runs, self.report.as_deref()))?,
            ExportAs::Trace => serde_json::to_vec(&export::trace(&self.runs))?,
            ExportAs::Png => {
                let picture = self.picture.as_ref().ok_or_else(|| anyhow::anyhow!("there is no picture"))?;
                png(picture)?
            }
        })
    }
}

fn png(picture: &ColorImage) -> anyhow::Result<Vec<u8>> {
    let [width, height] = picture.size;
    let rgb: Vec<u8> = picture.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(&rgb, width as u32, height as u32, ExtendedColorType::Rgb8)?;
    Ok(bytes)
}
