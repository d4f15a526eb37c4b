//! A picture from the clipboard as a file: nobody else may have it, so it is kept, and never written over another.

use crate::window::clipboard::Picture;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _};
use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// The folder in the state folder.
const FOLDER: &str = "pasted";

/// Writes the picture as PNG into a folder of the state folder; returns where. The error is a sentence for the person.
pub(crate) fn keep(picture: &Picture, state_dir: &Path) -> Result<PathBuf, String> {
    let folder = state_dir.join(FOLDER);
    write(picture, &folder).map_err(|error| format!("Cannot keep the pasted picture in {}: {error}", folder.display()))
}

fn write(picture: &Picture, folder: &Path) -> io::Result<PathBuf> {
    let (width, height, rgba) = match picture {
        Picture::Plain { width, height, rgba } => (*width, *height, rgba.to_vec()),
        Picture::Egui(image) => {
            let [width, height] = image.size;
            let rgba = image.pixels.iter().flat_map(egui::Color32::to_srgba_unmultiplied).collect();
            (width as u32, height as u32, rgba)
        }
    };
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || rgba.len() as u64 != pixels * 4 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is no picture of {width} × {height}")));
    }
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let is_opaque = rgba.iter().skip(3).step_by(4).all(|alpha| *alpha == u8::MAX);
    let (bytes, kind) = if is_opaque {
        (rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(), ExtendedColorType::Rgb8)
    } else {
        (rgba, ExtendedColorType::Rgba8)
    };
    let mut out = BufWriter::new(&mut file);
    let encoder = PngEncoder::new_with_quality(&mut out, CompressionType::Fast, FilterType::Adaptive);
    encoder.write_image(&bytes, width, height, kind).map_err(io::Error::other)?;
    out.flush()?;
    drop(out);
    file.as_file().sync_all()?;
    let stem = chrono::Local::now().format("Pasted %Y-%m-%d %H.%M.%S").to_string();
    for number in 1.. {
        let name = if number == 1 { format!("{stem}.png") } else { format!("{stem} ({number}).png") };
        let path = folder.join(name);
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => file = taken.file,
            Err(other) => return Err(other.error),
        }
    }
    unreachable!("some number is free")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn pictures_are_kept_under_names_of_their_own() {
        let folder = tempfile::tempdir().expect("a folder");
        let plain = |rgba: Vec<u8>| Picture::Plain { width: 2, height: 1, rgba: Arc::new(rgba) };
        let opaque = plain(vec![1, 2, 3, 255, 4, 5, 6, 255]);
        let paths: Vec<PathBuf> = (0..3).map(|_| keep(&opaque, folder.path()).expect("kept")).collect();
        assert!(paths[0] != paths[1] && paths[1] != paths[2] && paths[0] != paths[2]);
        for path in &paths {
            let name = path.file_name().expect("a name").to_string_lossy();
            assert!(name.starts_with("Pasted 20") && name.ends_with(".png"), "{name}");
            assert_eq!(image::open(path).expect("a picture").into_rgb8().into_raw(), [1, 2, 3, 4, 5, 6]);
        }
        assert_eq!(fs::read_dir(folder.path().join(FOLDER)).expect("a folder").count(), 3, "nothing else is left");
        let seen = keep(&plain(vec![9, 8, 7, 128, 0, 0, 0, 0]), folder.path()).expect("kept");
        assert_eq!(image::open(seen).expect("a picture").into_rgba8().into_raw(), [9, 8, 7, 128, 0, 0, 0, 0]);
        let egui = Picture::Egui(Arc::new(egui::ColorImage::from_rgb([1, 2], &[10, 20, 30, 40, 50, 60])));
        let path = keep(&egui, folder.path()).expect("kept");
        assert_eq!(image::open(path).expect("a picture").into_rgb8().into_raw(), [10, 20, 30, 40, 50, 60]);
        let words = keep(&plain(vec![1]), folder.path()).expect_err("no picture");
        assert!(words.contains("2 × 1"), "{words}");
    }

    #[test]
    fn a_folder_that_cannot_be_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(FOLDER), "a file").expect("written");
        let picture = Picture::Plain { width: 1, height: 1, rgba: Arc::new(vec![0; 4]) };
        let words = keep(&picture, folder.path()).expect_err("no folder");
        assert!(words.starts_with("Cannot keep the pasted picture in") && words.contains(FOLDER), "{words}");
    }
}
