//! The inspector: the picture near by, what its file says of itself, its attempts and its log.

use super::*;
use std::path::Path;

/// A JPEG with a maker, a model, an orientation and a place.
fn photo(path: &Path) {
    let picture = image::RgbImage::from_fn(600, 400, |x, y| image::Rgb([x as u8, y as u8, 90]));
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90);
    picture.write_with_encoder(encoder).expect("encoded");
    let mut tiff = b"II*\0\x08\0\0\0\x04\0".to_vec();
    let mut field = |tag: u16, kind: u16, count: u32, value: u32| {
        tiff.extend(tag.to_le_bytes());
        tiff.extend(kind.to_le_bytes());
        tiff.extend(count.to_le_bytes());
        tiff.extend(value.to_le_bytes());
    };
    field(271, 2, 6, 62);
    field(272, 2, 12, 68);
    field(274, 3, 1, 6);
    field(34_853, 4, 1, 80);
    tiff.extend([0; 4]);
    tiff.extend(b"Canon\0Canon EOS R\0");
    tiff.resize(80, 0);
    // A directory with the latitude's letter.
    tiff.extend(b"\x01\0\x01\0\x02\0\x02\0\0\0N\0\0\0\0\0\0\0");
    let mut segment = b"\xff\xe1".to_vec();
    segment.extend((tiff.len() as u16 + 8).to_be_bytes());
    segment.extend(b"Exif\0\0");
    segment.extend(tiff);
    jpeg.splice(2..2, segment);
    std::fs::write(path, jpeg).expect("written");
}

/// A finished conversion of a real picture, chosen.
fn finished(folder: &Path) -> Stage {
    let (input, output) = (folder.join("before.jpg"), folder.join("after.png"));
    photo(&input);
    image::RgbImage::new(400, 600).save(&output).expect("saved");
    let mut stage = Stage::with(1200.0, 800.0, |options| {
        options.engine.worker_program = PathBuf::from(env!("CARGO_BIN_EXE_millrace"));
    });
    let Event::JobsQueued { id, first, batch } = queued(1) else { panic!("a batch") };
    let jobs = vec![JobSpec::file(input.display().to_string(), input.clone(), PathBuf::new())];
    let batch = Arc::new(Batch { options: Arc::clone(&batch.options), jobs });
    stage.tell(lanes());
    let attempt = AttemptId { job: JobId(0), number: 1 };
    let (lane, timing) = (LaneId(2), Timing { wall_us: 900_000, cpu_us: 600_000 });
    let again = TaskResult::Failed { failure: Failure::new(ErrorKind::Crashed, "It fell over"), will_retry: true };
    let second = AttemptId { job: JobId(0), number: 2 };
    let done = TaskResult::Done { name: "after.png".to_owned(), bytes_in: 5000, bytes_out: 500 };
    stage.tell([
        Event::JobsQueued { id, first, batch },
        Event::TaskStarted { attempt, stage: 0, pool: Pool::Mill, lane, at: Moment(1_000_000) },
        Event::TaskFinished { attempt, lane, result: again, timing, at: Moment(1_900_000) },
        Event::TaskStarted { attempt: second, stage: 0, pool: Pool::Mill, lane, at: Moment(2_000_000) },
        Event::TaskFinished { attempt: second, lane, result: done, timing, at: Moment(2_900_000) },
        Event::JobFinished(Box::new(JobReport {
            attempts: 2,
            mode: Some(Mode::Processes),
            lane: Some("P1".to_owned()),
            bytes_in: 5000,
            bytes_out: 500,
            size_in: Some((400, 600)),
            size_out: Some((400, 600)),
            timing,
            ..JobReport::new(JobId(0), Outcome::Done(output.into()))
        })),
    ]);
    stage.key(Modifiers::NONE, Key::ArrowDown);
    stage
}

#[test]
fn what_the_files_say_of_themselves_is_read_by_a_worker() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut stage = finished(folder.path());
    stage.wait_for("the facts", |stage| stage.has("Format: JPEG → PNG"));
    for words in ["Camera: Canon EOS R → none", "Lies: to be turned right → upright", "Place: GPS position → none"]
    {
        assert!(stage.has(words), "{words}");
    }
}

#[test]
fn attempts_and_log_tell_lane_time_and_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let stage = finished(folder.path());
    assert!(stage.told(
        "Attempt 1: convert tried again on P1, process 4242, 900 ms, waited 300 ms · computed 600 ms. It fell over"
    ));
    assert!(stage.told("Attempt 2: convert done on P1"));
    assert!(stage.told("00:01.900 attempt 1: tried again. It fell over"));
}

#[test]
fn the_picture_is_looked_at_closely_by_buttons_and_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut stage = finished(folder.path());
    stage.wait_for("the picture", |stage| stage.has("Fit the whole picture"));
    stage.click("Picture 1:1");
    assert!(stage.has("Zoom 100 %"));
    stage.click("Picture: nearer");
    assert!(stage.has("Zoom 125 %"));
    stage.click("Picture: further");
    assert!(stage.has("Zoom 100 %"));
    stage.click("Fit the whole picture");
    assert!(!stage.has("Zoom 100 %"));
    stage.wait_for("both pictures", |stage| stage.has("Split between before and after"));
    let value = |stage: &Stage| {
        let slider = stage.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with("Split between")));
        slider.accesskit_node().numeric_value()
    };
    assert_eq!(value(&stage), Some(50.0));
    stage.harness.get_by(|node| node.label().is_some_and(|label| label.starts_with("Split between"))).focus();
    stage.settle();
    stage.key(Modifiers::NONE, Key::ArrowRight);
    assert_eq!(value(&stage), Some(55.0));
    stage.key(Modifiers::NONE, Key::ArrowLeft);
    stage.key(Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(value(&stage), Some(45.0));
}
